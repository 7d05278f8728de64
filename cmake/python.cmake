# The one Python of this project: its headers for the native module, its pytest for the tests. Debian's own is tried
# first, because another python3 that stands earlier on the path (pyenv's, conda's) has neither Debian's pytest nor
# would Debian's find a module that was made for it.
set(Python3_EXECUTABLE "" CACHE FILEPATH "Python for the native module and the tests; needs pytest")
foreach(candidate ${Python3_EXECUTABLE} /usr/bin/python3 python3)
  execute_process(COMMAND ${candidate} -c "import pytest" RESULT_VARIABLE no_pytest OUTPUT_QUIET ERROR_QUIET)
  if(NOT no_pytest)
    set(ESIMBENCH_PYTHON ${candidate})
    break()
  endif()
endforeach()
if(ESIMBENCH_PYTHON)
  message(STATUS "Python with pytest: ${ESIMBENCH_PYTHON}")
else()
  message(WARNING "No Python with pytest was found, so the tests that are written in it are left out; scripts/setup installs it")
endif()
