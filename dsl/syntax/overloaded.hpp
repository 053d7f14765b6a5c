// One visitor of several lambdas: std::visit(overloaded{[](const This&) {…}, [](const That&) {…}}, variant).
#pragma once

namespace sdlrun::dsl {

template <typename... Handlers>
struct overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
overloaded(Handlers...) -> overloaded<Handlers...>;

}  // namespace sdlrun::dsl
