// Which stops somebody asked for: people, services, and interruptions that were announced.

const intended = new Set(["UserInitiated", "ServiceSchedulerInitiated", "TerminationNotice"]);

export const isIntended = (stopCode: string): boolean => intended.has(stopCode);
