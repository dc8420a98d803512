import type { Command } from 'commander'
import { dataDirOf, dataDirOption, runOffline, text, type CommandFlags } from './flags.ts'
import { changeJob, listJobs, pullModel, showJob, watchJob } from './jobs.ts'

export function defineJobs(jobs: Command): void {
  jobs
    .command('list')
    .description('list jobs, newest first')
    .option(
      '--state <list>',
      'only jobs in these states: queued, running, completed, failed, cancelled, expired',
    )
    .addOption(dataDirOption())
    .action((flags: CommandFlags) =>
      runOffline(flags, (output) => listJobs(dataDirOf(flags), text(flags['state']), output)),
    )
  jobs
    .command('show')
    .description('show one job')
    .argument('<id>', 'id of the job')
    .addOption(dataDirOption())
    .action((id: string, flags: CommandFlags) =>
      runOffline(flags, (output) => showJob(dataDirOf(flags), id, output)),
    )
  jobs
    .command('watch')
    .description('follow a job until its end, or Ctrl-C; exits with 1 if it does not complete')
    .argument('<id>', 'id of the job')
    .addOption(dataDirOption())
    .action((id: string, flags: CommandFlags) =>
      runOffline(flags, (output) => watchJob(dataDirOf(flags), id, output)),
    )
  for (const [action, description] of [
    ['cancel', 'cancel a job and stop its running requests'],
    ['retry', 'run the rest of a job that failed, expired or was cancelled'],
  ] as const)
    jobs
      .command(action)
      .description(description)
      .argument('<id>', 'id of the job')
      .addOption(dataDirOption())
      .action((id: string, flags: CommandFlags) =>
        runOffline(flags, (output) => changeJob(dataDirOf(flags), action, id, output)),
      )
  jobs
    .command('pull')
    .description('queue a model download in Ollama')
    .argument('<model>', 'name of the model, such as llama3.2:3b')
    .addOption(dataDirOption())
    .action((model: string, flags: CommandFlags) =>
      runOffline(flags, (output) => pullModel(dataDirOf(flags), model, output)),
    )
}
