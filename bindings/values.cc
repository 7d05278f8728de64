// Values that explain themselves: TLV trees, status words, codes.
#include <fmt/format.h>

#include "bindings/bench.h"
#include "rsp/asn1/reader.h"
#include "rsp/card/apdu.h"
#include "rsp/json/es9_json.h"
#include "rsp/messages/all.h"

namespace bindings {
namespace {

// --- Tlv
// ----------------------------------------------------------------------------------------------------------

/// One element with those inside it.
struct Tlv {
  std::string tag;
  bool constructed = false;
  rsp::Bytes whole, value;
  std::vector<Tlv> children;
};

// Deeper ones are made to hurt, not to be read.
constexpr std::size_t kMaxDepth = 64;

rsp::Result<std::vector<Tlv>> parse(rsp::BytesView octets, std::size_t depth = 0) {
  auto malformed = [](std::string text) {
    return rsp::failure({.layer = rsp::Layer::kDecode, .path = "tlv", .text = std::move(text)});
  };
  if (depth > kMaxDepth)
    return malformed(fmt::format("more than {} elements in each other", kMaxDepth));
  std::vector<Tlv> out;
  rsp::asn1::Reader reader(octets);
  while (!reader.at_end()) {
    auto element = reader.next();
    if (!element)
      return malformed(
          fmt::format("octet {}: {}", octets.size() - reader.rest().size(), element.error()));
    Tlv tlv{to_string(element->tag, element->constructed),
            element->constructed,
            rsp::to_bytes(element->whole),
            rsp::to_bytes(element->content),
            {}};
    if (element->constructed) {
      RSP_TRY(tlv.children, parse(element->content, depth + 1));
    }
    out.push_back(std::move(tlv));
  }
  return out;
}

Tlv parse_one(const py::object& octets) {
  auto all = value_of(parse(octets_of(octets, "octets")));
  if (all.size() != 1) {
    raise({.layer = rsp::Layer::kDecode,
           .path = "tlv",
           .text = fmt::format("there are {} elements, not one", all.size()),
           .hint = "Tlv.parse_all() takes any number"});
  }
  return std::move(all.front());
}

void dump(const Tlv& tlv, std::size_t depth, std::string& out) {
  out += std::string(2 * depth, ' ') + tlv.tag;
  if (!tlv.constructed) out += " " + rsp::to_hex(tlv.value);
  out += "\n";
  for (const Tlv& child : tlv.children) dump(child, depth + 1, out);
}

std::string dump(const Tlv& tlv) {
  std::string out;
  dump(tlv, 0, out);
  return out;
}

/// "A0/80" from inside an element; null where there is none.
const Tlv* find(const Tlv& tlv, std::string_view path) {
  auto slash = path.find('/');
  std::string_view first = path.substr(0, slash);
  auto child = std::ranges::find(tlv.children, first, &Tlv::tag);
  if (child == tlv.children.end()) return nullptr;
  return slash == path.npos ? &*child : find(*child, path.substr(slash + 1));
}

void bind_tlv(py::module_& module) {
  py::class_<Tlv>(
      module, "Tlv",
      "An element of BER or DER with those inside it, out of bytes or hexadecimal text. "
      "Raises DecodeError.\n\n>>> Tlv(\"BF3E065A0489049032\")[\"5A\"].value.hex()\n'89049032'\n")
      .def(py::init(&parse_one), py::arg("octets"))
      .def_static(
          "parse_all",
          [](const py::object& octets) { return value_of(parse(octets_of(octets, "octets"))); },
          py::arg("octets"), "All elements that stand one after the other.")
      .def_readonly("tag", &Tlv::tag,
                    "The identifier octets, as specifications print them: \"BF3E\".")
      .def_readonly("constructed", &Tlv::constructed, "Whether there are elements inside.")
      .def_readonly("children", &Tlv::children, "The elements inside, as a list.")
      .def_property_readonly(
          "value", [](const Tlv& tlv) { return octets_to_python(tlv.value); }, "The octets inside.")
      .def(
          "find",
          [](const Tlv& tlv, const std::string& path) -> std::optional<Tlv> {
            const Tlv* found = find(tlv, path);
            return found == nullptr ? std::nullopt : std::optional(*found);
          },
          py::arg("path"),
          "The first element at tags joined by slashes, \"A0/80\"; None where there is none.")
      .def(
          "__getitem__",
          [](const Tlv& tlv, const std::string& path) {
            const Tlv* found = find(tlv, path);
            if (found == nullptr) throw py::key_error(path);
            return *found;
          },
          py::arg("path"), "The same; raises KeyError where there is none.")
      .def(
          "dump", [](const Tlv& tlv) { return dump(tlv); },
          "One line an element, indented by depth.")
      .def("__bytes__", [](const Tlv& tlv) { return octets_to_python(tlv.whole); })
      .def("__eq__",
           [](const Tlv& tlv, const py::object& other) {
             if (py::isinstance<Tlv>(other)) return tlv.whole == other.cast<const Tlv&>().whole;
             return PyBytes_Check(other.ptr()) != 0 && octets_to_python(tlv.whole).equal(other);
           })
      .def("__hash__", [](const Tlv& tlv) { return py::hash(octets_to_python(tlv.whole)); })
      .def("__str__", [](const Tlv& tlv) { return dump(tlv); })
      .def("__repr__",
           [](const Tlv& tlv) { return fmt::format("Tlv('{}')", rsp::to_hex(tlv.whole)); });
}

// --- Codes
// --------------------------------------------------------------------------------------------------------

template <class E>
void add_meaning(std::vector<std::string>& out, std::string_view type, std::string_view name) {
  for (const auto& [value, known] : enum_names(E{})) {
    if (known == name) out.push_back(fmt::format("{} {}", type, static_cast<int>(value)));
  }
}

/// What a code says: a status code of a server, a status word, or a name out of one of the
/// specification's enumerations. Empty where it is none of them.
std::string code_meaning(const std::string& code) {
  if (auto slash = code.find('/'); slash != code.npos)
    return std::string(
        rsp::meaning(rsp::StatusCode{code.substr(0, slash), code.substr(slash + 1), {}, {}}));
  if (auto octets = rsp::from_hex(code); octets && octets->size() == 2)
    return std::string(
        meaning(rsp::card::StatusWord(static_cast<std::uint16_t>(rsp::big_endian(*octets)))));
  std::vector<std::string> out;
  add_meaning<rsp::ErrorReason>(out, "ErrorReason", code);
  add_meaning<rsp::AuthenticateErrorCode>(out, "AuthenticateErrorCode", code);
  add_meaning<rsp::DownloadErrorCode>(out, "DownloadErrorCode", code);
  add_meaning<rsp::CancelSessionReason>(out, "CancelSessionReason", code);
  return fmt::format("{}", fmt::join(out, ", "));
}

}  // namespace

void bind_values(py::module_& module) {
  bind_tlv(module);
  module.def(
      "status_word_meaning",
      [](std::uint16_t value) { return std::string(meaning(rsp::card::StatusWord(value))); },
      py::arg("value"), "What ISO 7816-4 says a status word means.");
  module.def("code_meaning", &code_meaning, py::arg("code"),
             "What a code of an error says, in words; empty where nothing is known.");
}

}  // namespace bindings
