#include "stages/image/registry/account.hpp"

namespace sdlrun::stages::image {

engine::Result<RegistryAccess> access_of(engine::StageContext& context, const std::string& host) {
  const engine::StageInputs& inputs = context.inputs();
  RegistryAccess access{.host = host, .insecure = inputs.boolean("insecure")};
  const auto* secret = inputs["password"].as<dsl::SecretValue>();
  if ((secret != nullptr) != inputs.has("username")) return engine::failure("`username` and `password` go together", "give both, or neither: then `docker login` has the word");
  if (secret == nullptr) return access;
  auto password = context.read_secret(*secret);
  if (!password) return tl::unexpected(std::move(password.error()));
  access.credentials = Credentials{.user = inputs.text("username"), .password = std::move(*password)};
  return access;
}

}  // namespace sdlrun::stages::image
