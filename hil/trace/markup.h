// HTML that cannot be anything else: elements are made whole, and every text is escaped on its way
// in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hil {

/// Text for HTML content and quoted attributes. Octets that are no UTF-8 become U+FFFD; control
/// characters, and those that turn the direction of writing around, are spelled out, so that a name
/// cannot disguise what stands beside it.
std::string escape_html(std::string_view text);

/// A piece of finished HTML.
struct Markup {
  std::string html;
};

/// Attributes of an element: `{"class", "row"}`. One with an empty name is left out.
struct Attribute {
  std::string_view name;
  std::string value;
};

/// What elements are made of.
inline void append(Markup& to, const Markup& markup) { to.html += markup.html; }
inline void append(Markup& to, std::string_view text) { to.html += escape_html(text); }
inline void append(Markup& to, const std::vector<Markup>& list) {
  for (const Markup& markup : list) append(to, markup);
}

/// The start tag of an element.
std::string start_tag(std::string_view name, const std::vector<Attribute>& attributes);

/// An element around its children: texts, Markup, or lists of Markup.
template <class... Children>
Markup element(std::string_view name, const std::vector<Attribute>& attributes,
               const Children&... children) {
  Markup out{start_tag(name, attributes)};
  (append(out, children), ...);
  out.html += "</" + std::string(name) + ">";
  return out;
}

}  // namespace hil
