#include "stages/all_stages.hpp"

#include "stages/compose/compose_stages.hpp"
#include "stages/elephas/check.hpp"
#include "stages/exec/exec_run.hpp"
#include "stages/http/download.hpp"
#include "stages/http/job.hpp"
#include "stages/image/image_stages.hpp"
#include "stages/kubernetes/kubernetes_stages.hpp"
#include "stages/notebook/notebook_stages.hpp"
#include "stages/python/python_run.hpp"
#include "stages/python/venv.hpp"
#include "stages/service/service_stages.hpp"
#include "stages/shell/shell_run.hpp"
#include "stages/spark/spark_stages.hpp"

namespace sdlrun::stages {

engine::StageSet all_stages() {
  engine::StageSet stages;
  stages.add(compose_down_stage());
  stages.add(compose_up_stage());
  stages.add(elephas_check_stage());
  stages.add(exec_run_stage());
  stages.add(http_download_stage());
  stages.add(http_job_stage());
  stages.add(image_build_stage());
  stages.add(image_dockerfile_stage());
  stages.add(image_load_stage());
  stages.add(image_pull_stage());
  stages.add(image_push_stage());
  stages.add(kubernetes_apply_stage());
  stages.add(kubernetes_cluster_stage());
  stages.add(kubernetes_delete_cluster_stage());
  stages.add(kubernetes_delete_stage());
  stages.add(kubernetes_inspect_stage());
  stages.add(kubernetes_jobs_stage());
  stages.add(kubernetes_wait_stage());
  stages.add(notebook_convert_stage());
  stages.add(notebook_run_stage());
  stages.add(python_packages_stage());
  stages.add(python_run_stage());
  stages.add(python_venv_stage());
  stages.add(service_down_stage());
  stages.add(service_up_stage());
  stages.add(shell_run_stage());
  stages.add(spark_benchmark_stage());
  stages.add(spark_examples_stage());
  stages.add(spark_kubernetes_stage());
  stages.add(spark_local_stage());
  stages.add(spark_submit_stage());
  return stages;
}

}  // namespace sdlrun::stages
