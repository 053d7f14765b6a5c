// Imports that a notebook is sure to make, told without Python.
//
// needs.py is what decides, by Python's own parser, when the notebook is converted. This tells the plain ones before anything
// runs: statements at the beginning of a line of a code cell. It must find none that needs.py does not find, and may miss any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sdlrun::stages {

struct Import {
  std::string module;    // its first name: `sklearn` of `sklearn.svm`
  std::size_t cell = 0;  // as Jupyter numbers code cells after "restart and run all"
  std::size_t line = 0;  // in the cell, from 1
  std::string text;      // of that line
};

/// In their order, of a notebook's JSON text. None of what is no notebook of Python in format 4.
std::vector<Import> sure_imports(std::string_view notebook);

}  // namespace sdlrun::stages
