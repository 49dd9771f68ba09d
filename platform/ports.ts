/** Ports of this machine. */
import { createServer, type AddressInfo } from 'node:net';
import { RekindleError } from '../core/errors.js';

/** @returns the port that was bound and released again, undefined if it is taken */
const tryPort = (port: number, host: string): Promise<number | undefined> =>
  new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? done(undefined) : fail(error)));
    probe.listen(port, host, () => {
      const { port: bound } = probe.address() as AddressInfo;
      probe.close(() => done(bound));
    });
  });

/** What listens on a port, and how its user chooses another one. */
export interface PortWish {
  readonly port: number;
  readonly purpose: string;
  readonly option?: string;
}

/**
 * @param wish port 0 asks the OS for any free one
 * @throws PORT_TAKEN naming the port and the option that chooses another
 */
export const claimPort = async ({ port, purpose, option }: PortWish, host = '127.0.0.1'): Promise<number> => {
  const claimed = await tryPort(port, host);
  if (claimed !== undefined) return claimed;
  const another = option === undefined ? '' : ` \`${option} 0\` takes any free one.`;
  throw new RekindleError('PORT_TAKEN', `Port ${port} for ${purpose} is taken on ${host}.${another}`, { port });
};
