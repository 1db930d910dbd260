package dev.counterfoil.installation;

import java.util.List;
import java.util.Optional;

/**
 * What ends a start that is waited for: a process that stays down, since nothing is ready without
 * it.
 */
final class StartWatch {
  private StartWatch() {}

  /**
   * Looks at every process once.
   *
   * @throws InstallationException when one stays down; the message says what it said and, where
   *     that is known, what a person does
   */
  static void look(List<ChildProcess> processes) throws InstallationException {
    for (ChildProcess process : processes) {
      Optional<String> down = down(process);
      if (down.isPresent()) {
        throw new InstallationException(down.get());
      }
    }
  }

  private static Optional<String> down(ChildProcess process) {
    Optional<String> person = process.needsAPerson();
    // Where nobody knows what to do about it, the process itself decides whether it stays up.
    if (person.isPresent() && process.hasRemedy()) {
      return person;
    }
    return process.isOver() || (process.starts() > 2 && process.process() == null)
        ? Optional.of(process.name() + " does not stay up. Its output: " + process.output())
        : Optional.empty();
  }
}
