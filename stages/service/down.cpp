#include "stages/service/service_end.hpp"
#include "stages/service/service_stages.hpp"

namespace sdlrun::stages {

using engine::Result;
using engine::Task;

namespace {

class ServiceDown final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    for (const auto& [name, value] : known) {
      if (name == "name") return "end " + dsl::plain_text(value) + ", if it runs";
    }
    return "end a service";
  }

  bool asks_outside(const dsl::Fields&) const override { return true; }

  Task<std::optional<std::string>> changed_outside(engine::StageContext& context, const dsl::Fields&) const override {
    const auto identity = service_identity(context, context.inputs().text("name"));
    if (!identity || !engine::find_service(*identity)) co_return std::nullopt;
    co_return "`" + context.inputs().text("name") + "` runs";
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    const auto identity = service_identity(context, context.inputs().text("name"));
    if (!identity) co_return tl::unexpected(identity.error());
    std::string section = *identity;
    Task<Result<std::shared_ptr<void>>> locking = lock_service(context, std::move(section));
    const Result<std::shared_ptr<void>> lock = co_await locking;
    if (!lock) co_return tl::unexpected(lock.error());
    const auto service = engine::find_service(*identity);
    if (service) {
      context.log("ending process " + std::to_string(service->pid));
      Task<bool> ending = end_service(context, *service);
      if (!co_await ending) co_return engine::failure("process " + std::to_string(service->pid) + " does not end", "end it by hand");
    }
    co_return engine::StageOutputs{{"was_running", dsl::Value::boolean(service.has_value())}};
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("service", "down", "Ends a program that `service.up` has started.")
          .external()
          .doc("It is asked to end (SIGTERM), with all that it has started, and killed ten seconds later. Where it does not run, nothing is done.")
          .example("step down = service.down { name = \"files\" } with { on_demand = true }")
          .input("name", "string", service_name_doc)
          .output("was_running", "bool", "Whether there was something to end.")
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> service_down_stage() { return std::make_unique<ServiceDown>(); }

}  // namespace sdlrun::stages
