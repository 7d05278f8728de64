#include "bindings/convert.h"

#include <fmt/format.h>

#include <cmath>

#include "hil/scenario/given.h"

namespace bindings {
namespace {

rsp::Json number_to_json(const py::handle& value) {
  int overflow = 0;
  long long number = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
  // As a parser has it: unsigned where it can be.
  if (overflow == 0 && number < 0) return number;
  unsigned long long large = PyLong_AsUnsignedLongLong(value.ptr());
  if (PyErr_Occurred() != nullptr) throw py::error_already_set();
  return large;
}

bool is_a(const py::handle& value, const py::object& type) { return py::isinstance(value, type); }

std::string type_name(const py::handle& value) {
  return py::str(py::type::of(value).attr("__name__"));
}

}  // namespace

py::object python_class(const char* module, const char* name) {
  return py::module_::import((std::string("esimbench.") + module).c_str()).attr(name);
}

void raise(const rsp::Error& error) {
  py::object exception = python_class("errors", "error_of")(
      std::string(to_string(error.layer)), error.step, error.code, error.path, error.text,
      error.hint, error.message());
  PyErr_SetObject(py::type::handle_of(exception).ptr(), exception.ptr());
  throw py::error_already_set();
}

void raise_input(std::string path, std::string text, std::string hint) {
  raise({.layer = rsp::Layer::kInput,
         .path = std::move(path),
         .text = std::move(text),
         .hint = std::move(hint)});
}

py::object to_python(const rsp::Json& json) {
  switch (json.type()) {
    case rsp::Json::value_t::object: {
      py::dict out;
      for (const auto& [name, member] : json.items()) out[py::str(name)] = to_python(member);
      return out;
    }
    case rsp::Json::value_t::array: {
      py::list out;
      for (const rsp::Json& element : json) out.append(to_python(element));
      return out;
    }
    case rsp::Json::value_t::string: {
      // What a peer sent need not be UTF-8.
      const auto& text = json.get_ref<const std::string&>();
      return py::reinterpret_steal<py::object>(
          PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace"));
    }
    case rsp::Json::value_t::boolean:
      return py::bool_(json.get<bool>());
    case rsp::Json::value_t::number_integer:
      return py::int_(json.get<std::int64_t>());
    case rsp::Json::value_t::number_unsigned:
      return py::int_(json.get<std::uint64_t>());
    case rsp::Json::value_t::number_float:
      return py::float_(json.get<double>());
    default:
      return py::none();
  }
}

rsp::Json to_json(const py::handle& value) {
  if (value.is_none()) return nullptr;
  if (py::isinstance<py::bool_>(value)) return value.cast<bool>();
  if (py::isinstance<py::str>(value)) return value.cast<std::string>();
  if (is_a(value, python_class("values", "StatusWord")))
    return fmt::format("{:04X}", value.cast<std::uint16_t>());
  if (py::isinstance<py::int_>(value)) return number_to_json(value);
  if (py::isinstance<py::float_>(value)) return value.cast<double>();
  if (PyBytes_Check(value.ptr()) || PyByteArray_Check(value.ptr()))
    return rsp::to_hex(octets_of(value, "octets"));
  if (is_a(value, py::module_::import("datetime").attr("timedelta")))
    return fmt::format("{}ms", span_of(value, "span").count());
  py::module_ abc = py::module_::import("collections.abc");
  if (is_a(value, abc.attr("Mapping"))) {
    rsp::Json out = rsp::Json::object();
    for (py::handle item : value.attr("items")()) {
      auto pair = item.cast<py::tuple>();
      out[pair[0].cast<std::string>()] = to_json(pair[1]);
    }
    return out;
  }
  if (is_a(value, abc.attr("Sequence"))) {
    rsp::Json out = rsp::Json::array();
    for (py::handle element : value) out.push_back(to_json(element));
    return out;
  }
  throw py::type_error("a " + type_name(value) + " has no place in JSON");
}

py::bytes octets_to_python(rsp::BytesView octets) {
  return py::bytes(reinterpret_cast<const char*>(octets.data()), octets.size());
}

rsp::Bytes octets_of(const py::handle& value, const char* what) {
  if (py::isinstance<py::str>(value)) {
    auto octets = rsp::from_hex(value.cast<std::string>());
    if (!octets) raise_input(what, octets.error().text);
    return *std::move(octets);
  }
  if (!PyObject_CheckBuffer(value.ptr()))
    throw py::type_error(std::string(what) + " should be bytes or hexadecimal text, not " +
                         type_name(value));
  auto bytes = py::reinterpret_steal<py::bytes>(PyBytes_FromObject(value.ptr()));
  if (!bytes) throw py::error_already_set();
  return rsp::to_bytes(rsp::view_of(static_cast<std::string_view>(bytes)));
}

std::chrono::milliseconds span_of(const py::handle& value, const char* what) {
  double seconds = 0;
  if (py::hasattr(value, "total_seconds")) {
    seconds = value.attr("total_seconds")().cast<double>();
  } else if (PyFloat_Check(value.ptr()) || PyLong_Check(value.ptr())) {
    seconds = value.cast<double>();
  } else {
    throw py::type_error(std::string(what) + " should be seconds or a timedelta, not " +
                         type_name(value));
  }
  // A century: more is a mistake, and would not fit everywhere.
  if (!(seconds >= 0) || seconds > 100 * 366 * 86'400.0)
    raise_input(what, fmt::format("{} seconds is no span of time", seconds));
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

py::object to_datetime(std::chrono::sys_time<std::chrono::milliseconds> moment) {
  py::module_ datetime = py::module_::import("datetime");
  py::object utc = datetime.attr("timezone").attr("utc");
  py::object epoch = datetime.attr("datetime")(1970, 1, 1, 0, 0, 0, 0, utc);
  return epoch +
         datetime.attr("timedelta")(py::arg("milliseconds") = moment.time_since_epoch().count());
}

rsp::VersionType version_of(const std::string& text, const char* what) {
  rsp::VersionType version{};
  std::string problem = hil::Scalar<rsp::VersionType>::read(text, version);
  if (!problem.empty()) raise_input(what, "'" + text + "' " + problem);
  return version;
}

}  // namespace bindings
