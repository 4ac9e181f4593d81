# Stands on the machine with the GPU, outside every clone, as the runner's ACTIONS_RUNNER_HOOK_JOB_STARTED: it runs before
# the first step of any job, and when it fails the job ends there. A pull request from a fork brings its own workflows, and
# one of them may ask for this machine; no workflow file of ours can forbid that, so the machine itself does.
#
# The variables are the runner's own: no workflow can set one whose name begins with GITHUB_.
set -euo pipefail

refuse() {
  echo "::error::This machine runs nothing but the workflow gpu, from main or as chosen by a maintainer: $1" >&2
  exit 1
}

file=.github/workflows/gpu.yml
branch=${GITHUB_WORKFLOW_REF:-none}
branch=${branch#"${GITHUB_REPOSITORY:-none}/$file@"}
case "${GITHUB_EVENT_NAME:-none}" in
  push | workflow_dispatch) ;;
  *) refuse "the event is ${GITHUB_EVENT_NAME:-none}" ;;
esac
case "$branch" in
  refs/heads/main) ;;
  refs/heads/*) [ "$GITHUB_EVENT_NAME" = workflow_dispatch ] || refuse "the branch is $branch" ;;
  *) refuse "the workflow is ${GITHUB_WORKFLOW_REF:-none}" ;;
esac
