# libqrencode has no CMake package; an imported target with the name that one would have.
find_path(QRENCODE_INCLUDE_DIR qrencode.h)
find_library(QRENCODE_LIBRARY qrencode)
if(NOT QRENCODE_INCLUDE_DIR OR NOT QRENCODE_LIBRARY)
  message(FATAL_ERROR "libqrencode is missing; scripts/setup installs it (Debian package libqrencode-dev)")
endif()
add_library(QRencode::QRencode UNKNOWN IMPORTED)
set_target_properties(QRencode::QRencode PROPERTIES
  IMPORTED_LOCATION ${QRENCODE_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${QRENCODE_INCLUDE_DIR})
