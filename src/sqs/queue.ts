// The port to a message queue: what ingest needs of SQS, so that tests and thinner clients can stand in.

export interface Message {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** When SQS took it in, ms since the epoch. */
  readonly sentAt: number | undefined;
  /** How often it was received, this time included. */
  readonly receiveCount: number;
}

export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  /** Messages that SQS itself holds back for a while. */
  readonly delayed: number;
}

export interface Queue {
  /** Where the queue is, for people. */
  readonly name: string;
  /** How long a received message stays hidden from other receives. */
  readonly visibilitySeconds: number;
  /**
   * Up to ten messages, after at most `waitSeconds`; none is a normal answer. Aborting is for the end: it ends every
   * receive of this queue, and loses no message for good.
   */
  receive(waitSeconds: number, signal: AbortSignal): Promise<readonly Message[]>;
  /** Deletes messages; returns those that SQS could not delete now, which come back after their visibility. */
  delete(messages: readonly Message[]): Promise<readonly Message[]>;
  /** Hides received messages, ten at the most, for so long from now on. */
  changeVisibility(messages: readonly Message[], seconds: number): Promise<void>;
  depth(): Promise<QueueDepth>;
  /** Whether SQS moves what is received too often to a dead-letter queue. */
  hasDeadLetterQueue(): Promise<boolean>;
  close(): void;
}
