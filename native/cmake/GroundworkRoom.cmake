# What a room's CMakeLists.txt uses: flags in one place, a library, tests, programs.
find_package(Threads REQUIRED)
include(GNUInstallDirs)

add_library(groundwork_flags INTERFACE)
target_compile_features(groundwork_flags INTERFACE cxx_std_20)
target_include_directories(groundwork_flags INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}/common")
target_link_libraries(groundwork_flags INTERFACE Threads::Threads)
target_compile_options(groundwork_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(GROUNDWORK_WERROR)
  target_compile_options(groundwork_flags INTERFACE -Werror)
endif()
if(GROUNDWORK_SANITIZE)
  set(sanitizers -fsanitize=${GROUNDWORK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  target_compile_options(groundwork_flags INTERFACE ${sanitizers})
  target_link_options(groundwork_flags INTERFACE ${sanitizers})
endif()

# groundwork_room(<room> <source>...): the room's sources as objects, and as libgroundwork_<room>
# with only the C door visible. Tests link the objects, so that they reach what the door hides.
function(groundwork_room room)
  add_library(${room}_objects OBJECT ${ARGN})
  target_link_libraries(${room}_objects PUBLIC groundwork_flags)
  target_include_directories(${room}_objects PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}")
  add_library(groundwork_${room} SHARED)
  target_link_libraries(groundwork_${room} PRIVATE ${room}_objects)
  set_target_properties(groundwork_${room} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
  install(TARGETS groundwork_${room} LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
endfunction()

# groundwork_program(<room> <name> <source>...): an executable beside the library.
function(groundwork_program room name)
  if(GROUNDWORK_TESTS)
    add_executable(${name} ${ARGN})
    target_link_libraries(${name} PRIVATE ${room}_objects)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
  endif()
endfunction()

# groundwork_test(<room> <name> <source>...): a program that ctest runs; non-zero exit is a failure.
function(groundwork_test room name)
  if(GROUNDWORK_TESTS)
    groundwork_program(${room} ${name} ${ARGN})
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS ${room})
  endif()
endfunction()
