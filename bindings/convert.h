// Between Python's values and ours.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <chrono>

#include "rsp/json/asn1_json.h"
#include "rsp/messages/common.h"

namespace bindings {

namespace py = pybind11;

/// Raises the exception of esimbench.errors that is for the error's layer.
[[noreturn]] void raise(const rsp::Error& error);
/// Raises InputError: what the caller gave cannot be.
[[noreturn]] void raise_input(std::string path, std::string text, std::string hint = "");

/// The value of a Result, or its error as an exception.
template <class T>
T value_of(rsp::Result<T> result) {
  if (!result) raise(result.error());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

/// Calls a class of the package that is written in Python: python_class("values", "Profile").
py::object python_class(const char* module, const char* name);

py::object to_python(const rsp::Json& json);
/// Mappings, sequences, numbers, texts. bytes become hexadecimal, a StatusWord its four digits, a
/// timedelta a span such as "250ms". Raises TypeError for anything else.
rsp::Json to_json(const py::handle& value);

py::bytes octets_to_python(rsp::BytesView octets);
/// bytes, or hexadecimal text. Raises InputError that names `what`.
rsp::Bytes octets_of(const py::handle& value, const char* what);

/// Seconds as a number, or a timedelta. Raises TypeError or InputError that names `what`.
std::chrono::milliseconds span_of(const py::handle& value, const char* what);
inline std::optional<std::chrono::milliseconds> optional_span_of(const py::handle& value,
                                                                 const char* what) {
  if (value.is_none()) return std::nullopt;
  return span_of(value, what);
}

/// A datetime in UTC.
py::object to_datetime(std::chrono::sys_time<std::chrono::milliseconds> moment);

/// The enumerated value of that name. Raises InputError that lists what there is.
template <rsp::asn1::NamedEnum E>
E enum_of(std::string_view name, const char* what) {
  std::string known;
  for (const auto& [value, known_name] : enum_names(E{})) {
    if (known_name == name) return value;
    known += (known.empty() ? "" : ", ") + std::string(known_name);
  }
  raise_input(what, "'" + std::string(name) + "' is none of: " + known);
}

/// "2.2.2".
rsp::VersionType version_of(const std::string& text, const char* what);

}  // namespace bindings
