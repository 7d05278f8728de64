// What must hold for every declaration: unique names, unique tags, context tags in ascending order.
#pragma once

#include <set>

#include "rsp/asn1/types.h"

namespace rsp::asn1 {

/// A visitor of `fields` over a default-made message that collects violations. The context tags of
/// a few SGP.22 messages do not ascend, and one has a tag twice; those say `static constexpr bool
/// kTagsDescend = true` or `kTagTwice = true`, and it is an error to say so without need.
class SchemaCheck {
 public:
  /// Every violation, as "message.field: what is wrong"; empty when all is well.
  template <Message T>
  static std::vector<std::string> of(std::string_view name) {
    SchemaCheck check{std::string(name)};
    T message{};
    T::fields(check, message);
    constexpr bool declared = requires { T::kTagsDescend; };
    if (check.descends_ != declared) {
      check.report("", declared ? "declares kTagsDescend, but its context tags ascend"
                                : "has context tags that do not ascend");
    }
    constexpr bool twice = requires { T::kTagTwice; };
    if (!twice) {
      for (const std::string& field : check.repeated_)
        check.report(field, "has a tag that another field has");
    } else if (check.repeated_.empty()) {
      check.report("", "declares kTagTwice, but its tags are unique");
    }
    return check.violations_;
  }

  template <class T, class... Spec>
  void operator()(Tag tag, std::string_view name, const T& value, const Spec&... spec) {
    field(tag, name);
    descend(name, value);
    (descend_spec(name, value, spec), ...);
  }
  template <class T, std::size_t N>
  void operator()(std::string_view, const T& value, const OneOf<N>& of) {
    for (const auto& alternative : of.alternatives) add_tag(alternative.tag, alternative.name);
    descend_spec("", value, of);
  }

 private:
  explicit SchemaCheck(std::string name) : name_(std::move(name)) {}

  void report(std::string_view field, std::string_view what) {
    violations_.push_back(name_ + (field.empty() ? "" : ".") + std::string(field) + ": " +
                          std::string(what));
  }
  void field(Tag tag, std::string_view name) {
    if (name.empty()) report(name, "has no name");
    if (!names_.insert(std::string(name)).second) report(name, "is a name used twice");
    add_tag(tag, name);
    if (tag.tag_class != TagClass::kContext) return;
    if (last_context_ && tag.number < *last_context_) descends_ = true;
    last_context_ = tag.number;
  }
  void add_tag(Tag tag, std::string_view name) {
    // Universal tags may repeat (two INTEGERs in a row); order tells such fields apart, if the
    // first is mandatory.
    if (tag.tag_class == TagClass::kUniversal) return;
    if (!tags_.insert(tag).second) repeated_.emplace_back(name);
  }

  template <Message T>
  void descend(std::string_view name, const T&) {
    for (const std::string& violation : of<T>(name)) violations_.push_back(name_ + "." + violation);
  }
  template <class T>
  void descend(std::string_view name, const Signed<T>& value) {
    descend(name, value.value);
  }
  template <class T>
  void descend(std::string_view name, const Boxed<T>& value) {
    descend(name, *value);
  }
  template <class T>
  void descend(std::string_view name, const std::optional<T>&) {
    descend(name, T{});
  }
  template <DescribedList T>
  void descend(std::string_view name, const T&) {
    descend_spec(name, std::vector<typename T::value_type>{}, T::kSpec);
  }
  void descend(std::string_view, const auto&) {}
  template <Message T>
  void descend_spec(std::string_view name, const std::vector<T>&, Each) {
    descend(name, T{});
  }
  template <class T>
  void descend_spec(std::string_view name, const std::optional<T>&, const auto& spec) {
    descend_spec(name, T{}, spec);
  }
  template <class... A, std::size_t N>
  void descend_spec(std::string_view name, const std::vector<std::variant<A...>>&,
                    const OneOf<N>& of) {
    descend_spec(name, std::variant<A...>{}, of);
  }
  template <class... A, std::size_t N>
  void descend_spec(std::string_view, const std::variant<A...>&, const OneOf<N>& of) {
    std::size_t i = 0;
    ((descend(of.alternatives[i].name, A{}), ++i), ...);
    std::set<Tag> tags;
    for (const auto& alternative : of.alternatives) {
      if (!tags.insert(alternative.tag).second)
        report(alternative.name, "is an alternative whose tag is used twice");
    }
  }
  void descend_spec(std::string_view, const auto&, const auto&) {}

  std::string name_;
  std::set<std::string> names_;
  std::set<Tag> tags_;
  std::optional<std::uint32_t> last_context_;
  bool descends_ = false;
  std::vector<std::string> repeated_;
  std::vector<std::string> violations_;
};

}  // namespace rsp::asn1
