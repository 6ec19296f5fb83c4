import * as z from 'zod';
import { brokers, hostsOrNetworks, proxyUrl, texts, whole } from './values.ts';

/** Settings of event triggers and their deliveries. */
export const eventSettings = {
  events: z.boolean().default(false).register(texts, {
    description:
      'Plan and deliver event triggers: the built-in process `Events` is added to those of the context.',
    expected: 'true or false',
    example: 'true',
  }),
  eventConcurrency: whole(1, 10_000).default(256).register(texts, {
    description: 'Deliveries of event triggers at once, in each box.',
    expected: 'a whole number from 1 to 10000',
    example: '64',
  }),
  eventAllow: hostsOrNetworks.default([]).register(texts, {
    description:
      'Hosts, addresses and networks, with commas, that event triggers may call although they are not public: on every port. Without it they call public addresses alone, on ports 80, 443 and those above 1023.',
    expected:
      'names of hosts, addresses or networks with commas between them, such as hooks.internal or 10.0.0.0/8',
    example: 'hooks.internal, 10.1.0.0/16',
    defaultText: 'none: public addresses alone',
  }),
  eventConnections: brokers.default([]).register(texts, {
    description:
      'Brokers that event triggers publish to, with commas, each with the user and the password it is entered with: by its host, or by the name behind `#` where a target names the connection. They may be called although they are not public. Those of Kafka may be without a user, and say behind `?` whether there is TLS (`tls=true`) and by which mechanism of SASL they are entered (`mechanism=plain`, as by default, `scram-sha-256` or `scram-sha-512`). Best kept in a file (`file:` and its path).',
    expected:
      'addresses such as amqp://user:password@rabbit.internal or kafka://user:password@kafka.internal?tls=true with commas between them, or file: and a path',
    example:
      'amqps://synergy:secret@rabbit.internal:5671#billing, kafka://synergy:secret@kafka.internal?tls=true',
    defaultText: 'none: AMQP brokers are entered as guest, those of Kafka without a user',
    secret: true,
  }),
  eventProxy: proxyUrl.optional().register(texts, {
    description:
      'HTTP proxy that event triggers call HTTP targets through. It resolves their names, and so has to judge their addresses. No variable of the environment names one.',
    expected: 'an address such as http://proxy.internal:3128/',
    example: 'http://proxy.internal:3128/',
    defaultText: 'none: targets are called directly',
    secret: true,
  }),
  eventKey: z.string().min(32).optional().register(texts, {
    description:
      'Key that seals the secrets of event triggers in the store, best kept in a file (`file:` and its path). All boxes of a store need the same one. Whoever has it and the store has the secrets; without it they are lost.',
    expected:
      'at least 32 characters that cannot be guessed, as `openssl rand -base64 32` prints them, or file: and the path of a file that holds them',
    example: 'file:/etc/synergy/secrets/event.key',
    defaultText: 'made at the first secret, and kept in `event.key` of the data folder',
    secret: true,
  }),
  eventTriggers: whole(1, 10_000_000).default(100_000).register(texts, {
    description: 'Event triggers that one owner may have; more are refused.',
    expected: 'a whole number from 1 to 10000000',
    example: '1000',
  }),
  eventFirings: whole(1, 1_000_000).default(5_000).register(texts, {
    description:
      'Firings a second that the event triggers of one owner may have together, each on average over a day on which it fires; more are refused.',
    expected: 'a whole number from 1 to 1000000',
    example: '100',
  }),
  eventTtlDays: whole(1, 3650).default(7).register(texts, {
    description:
      'Days for which executions of event triggers are kept once they have ended; of each trigger the newest 1,000 at most.',
    expected: 'a whole number of days from 1 to 3650',
    example: '30',
  }),
  metronomeApi: z.boolean().default(false).register(texts, {
    description:
      'Serve clients of Metronome beside the API: `/auth`, `/user`, `/task`, `/tasks` and `/ws`, with event triggers for tasks.',
    expected: 'true or false',
    example: 'true',
  }),
  openSignUp: z.boolean().default(false).register(texts, {
    description:
      'Where `metronomeApi` is true: `POST /user` makes an account with the role operator for whoever asks, once an admin has made the first one. Operators may run and change all that there is: for trusted networks alone.',
    expected: 'true or false',
    example: 'true',
  }),
};
