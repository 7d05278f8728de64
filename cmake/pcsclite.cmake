# pcsc-lite has no CMake package; an imported target with the name that one would have.
find_path(PCSCLITE_INCLUDE_DIR PCSC/winscard.h)
find_library(PCSCLITE_LIBRARY pcsclite)
if(NOT PCSCLITE_INCLUDE_DIR OR NOT PCSCLITE_LIBRARY)
  message(FATAL_ERROR "pcsc-lite is missing; scripts/setup installs it (Debian package libpcsclite-dev)")
endif()
add_library(PCSC::pcsclite UNKNOWN IMPORTED)
# Its headers include each other without the folder's name.
set_target_properties(PCSC::pcsclite PROPERTIES IMPORTED_LOCATION ${PCSCLITE_LIBRARY}
                      INTERFACE_INCLUDE_DIRECTORIES "${PCSCLITE_INCLUDE_DIR};${PCSCLITE_INCLUDE_DIR}/PCSC")
