package dev.counterfoil.installation;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What ends a start that is waited for: a process that stays down, since nothing is ready without
 * it. A spare signer that stays down does not, since the others issue without it.
 */
final class StartWatch {
  private static final System.Logger LOG = System.getLogger(StartWatch.class.getName());

  private final Set<ChildProcess> spares = new HashSet<>();
  private final Set<ChildProcess> leftOut = new HashSet<>();

  /** This one is a spare. */
  void spare(ChildProcess process) {
    spares.add(process);
  }

  /**
   * Looks at every process once.
   *
   * @throws InstallationException when one that is needed stays down; the message says what it said
   *     and, where that is known, what a person does
   */
  void look(List<ChildProcess> processes) throws InstallationException {
    for (ChildProcess process : processes) {
      Optional<String> down = down(process);
      if (down.isEmpty()) {
        continue;
      }
      if (!spares.contains(process)) {
        throw new InstallationException(down.get());
      }
      if (leftOut.add(process)) {
        LOG.log(
            System.Logger.Level.WARNING,
            "{0}. It is a spare, and the start goes on without it",
            down.get());
      }
    }
  }

  private Optional<String> down(ChildProcess process) {
    Optional<String> person = process.needsAPerson();
    // Where nobody knows what to do about it, the process itself decides whether it stays up.
    if (person.isPresent() && (process.hasRemedy() || spares.contains(process))) {
      return person;
    }
    return process.isOver() || (process.starts() > 2 && process.process() == null)
        ? Optional.of(process.name() + " does not stay up; what it said: " + process.output())
        : Optional.empty();
  }
}
