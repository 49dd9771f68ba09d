/** Commands in this process: what they print and how they exit, as a shell would see it. */
import { Command } from 'commander';

export interface Said {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command as the binary does, and catches what it says. */
export const runCommand = async (register: (program: Command) => void, args: readonly string[]): Promise<Said> => {
  const said = { out: '', err: '' };
  const [stdout, stderr] = [process.stdout.write.bind(process.stdout), process.stderr.write.bind(process.stderr)];
  process.stdout.write = (text) => Boolean((said.out += String(text)));
  process.stderr.write = (text) => Boolean((said.err += String(text)));
  try {
    const program = new Command().exitOverride();
    register(program);
    await program.parseAsync([...args], { from: 'user' });
    return { exit: Number(process.exitCode ?? 0), ...said };
  } finally {
    process.stdout.write = stdout;
    process.stderr.write = stderr;
    process.exitCode = 0;
  }
};
