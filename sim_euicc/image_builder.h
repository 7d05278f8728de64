// Carries out the profile elements of a package, one after the other, into an image (TCA IP 3.3.1;
// E.5).
#pragma once

#include <set>

#include "sim_euicc/file_tree.h"

namespace sim {

class ImageBuilder {
 public:
  ImageBuilder(std::shared_ptr<const rsp::Bytes> package, const rsp::saip::CardFeatures& features);

  /// Carries out what `findings`, of check_order, has nothing against, up to the first element that
  /// aborts. Error: what there is to say about the package, in the order of its elements.
  std::expected<ProfileImage, std::vector<rsp::saip::PeStatus>> build(
      const rsp::saip::ProfilePackage& profile, std::vector<rsp::saip::PeStatus> findings);

 private:
  using Done = OrRefusal<void>;
  /// A network access application. Where its element was skipped it has no file.
  struct Naa {
    std::string_view kind;  // "usim", "isim" or "csim"
    FileIndex adf = kNoFile;
  };
  /// What GenericFileManagement works on.
  struct Selection {
    FileIndex directory = kMasterFile;
    FillPosition ef;
  };

  // --- Elements ---
  void carry_out(const rsp::saip::ProfilePackage& profile);
  bool try_element(const rsp::saip::ProfileElement& element);
  Done carry_out(const rsp::saip::ProfileElement& element);
  void skip(const rsp::saip::ProfileElement& element);
  bool report(Refusal refusal, const rsp::saip::ProfileElement& element);

  // --- Files of a template (E.3) ---
  Done create(const rsp::saip::FilePe& pe);
  OrRefusal<FileIndex> context(const rsp::saip::FileLayout& layout) const;
  Done check_application(const rsp::saip::FileLayout& layout) const;
  Done create_member(const rsp::saip::FilePe& pe, std::size_t member);
  Done create_files(const rsp::saip::TemplateFile& row, const rsp::saip::File& file,
                    FileIndex parent);
  OrRefusal<FileIndex> parent_of(const rsp::saip::FileLayout& layout, std::size_t member) const;
  void enter(const rsp::saip::FileLayout& layout);

  // --- Files without a template ---
  Done create(const rsp::saip::GenericFileManagement& pe);
  Done run(const rsp::saip::FileCommand& command, Selection& selection);
  Done select(rsp::BytesView path, Selection& selection) const;
  Done create(const rsp::saip::Fcp& fcp, Selection& selection);

  // --- Codes and keys ---
  Done create(const rsp::saip::PinCodes& pe);
  Done add_pins(FileIndex directory, PinSet pins);
  Done share_pins(FileIndex directory, rsp::BytesView path);
  Done create(const rsp::saip::PukCodes& pe);
  Done create(const rsp::saip::AkaParameter& pe);
  OrRefusal<ImageAka> mapped(const rsp::saip::MappingParameter& mapping) const;
  Done create(const rsp::saip::CdmaParameter& pe);

  // --- What is only kept ---
  Done create(const rsp::saip::SecurityDomain& pe);
  Done create(const rsp::saip::Rfm& pe);
  Done create(const rsp::saip::Application& pe);
  Done add_instance(const rsp::saip::ApplicationId& aid);
  void keep(FileIndex application = kNoFile);

  Done create(const rsp::saip::ProfileHeader& header);
  Done create(const rsp::saip::NonStandard&) { return {}; }
  Done create(const rsp::saip::End&) { return {}; }
  Done create(const rsp::saip::UnknownPe&) { return {}; }

  // --- The image as a whole ---
  void finish();
  void settle_pin_sets();
  bool clear_services(const Naa& naa);

  const rsp::saip::CardFeatures& features_;
  ProfileImage image_;
  FileTree tree_;
  std::vector<Naa> naas_;
  std::set<rsp::Bytes> instances_;  // their AIDs
  std::vector<rsp::saip::PeStatus> findings_;
  const rsp::saip::ProfileHeader* header_ = nullptr;

  // The element that is being carried out.
  std::size_t index_ = 0;
  const rsp::saip::ProfileElement* element_ = nullptr;
  std::size_t version_ = 0;         // of its template
  FileIndex context_ = kNoFile;     // the directory that its files belong into
  std::vector<FileIndex> members_;  // what has become of its members
  FileIndex directory_ = kNoFile;   // whose PINs come next; none: its element was skipped
};

}  // namespace sim
