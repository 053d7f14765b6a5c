// About what a machine of Google Cloud costs. DigitalOcean tells its own prices; Google's catalogue of prices wants a key of its own, for
// an API that clusters need not, so a few families stand here.
#pragma once

#include <optional>
#include <string>

namespace sdlrun::stages::kubernetes {

/// Dollars an hour in us-central1, on demand, without disks; nothing for a machine that is not known.
std::optional<double> machine_price(const std::string& machine);

/// "about $146 a month" of an hour's price: of 730 hours.
std::string monthly(double dollars_an_hour);

}  // namespace sdlrun::stages::kubernetes
