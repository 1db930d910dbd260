package dev.counterfoil.witness;

import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.LogKey;
import dev.counterfoil.format.policy.ListedLog;
import dev.counterfoil.format.policy.LogPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The logs that the witness cosigns: lines {@code log} of a policy file (c2sp.org/tlog-policy), and
 * what issuers state. The file is read again when it changed; while it cannot be read or is wrong
 * the last good one counts.
 */
final class AcceptedLogs {
  private static final System.Logger LOG = System.getLogger(AcceptedLogs.class.getName());

  private final Optional<Path> listed;
  private final IssuerLogs issuers;
  private State state;
  private String trouble = "";

  private record State(FileTime modified, long size, List<ListedLog> logs) {}

  private AcceptedLogs(Optional<Path> listed, IssuerLogs issuers, State state) {
    this.listed = listed;
    this.issuers = issuers;
    this.state = state;
  }

  /** Reads the list, if there is one. At a start there is no last good state to go on with. */
  static AcceptedLogs read(Optional<Path> listed, IssuerLogs issuers)
      throws ConfigurationException {
    if (listed.isEmpty()) {
      return new AcceptedLogs(listed, issuers, new State(FileTime.fromMillis(0), 0, List.of()));
    }
    try {
      return new AcceptedLogs(listed, issuers, load(listed.get()));
    } catch (FormatException e) {
      throw new ConfigurationException(listed.get() + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new ConfigurationException(
          "the list of logs " + listed.get() + " cannot be read: " + e, e);
    }
  }

  private static State load(Path file) throws IOException, FormatException {
    // Looked at before it is read: a change in between is seen next time.
    BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
    if (found.size() > LogPolicy.BYTES_MAX) {
      throw new FormatException("policy is longer than " + LogPolicy.BYTES_MAX + " bytes");
    }
    return new State(
        found.lastModifiedTime(), found.size(), ListedLog.parse(Files.readAllBytes(file)));
  }

  /** The keys of the logs of an origin; none when it is unknown. */
  synchronized List<LogKey> keys(String origin) {
    return all().filter(log -> log.origin().equals(origin)).map(ListedLog::key).toList();
  }

  /** How many log keys are known. */
  synchronized int size() {
    return Math.toIntExact(all().count());
  }

  private Stream<ListedLog> all() {
    refresh();
    return Stream.concat(state.logs.stream(), issuers.keys().stream().map(ListedLog::new))
        .distinct();
  }

  /** Whether the file as it is now is what counts. */
  synchronized boolean isCurrent() {
    refresh();
    return trouble.isEmpty();
  }

  private void refresh() {
    listed.ifPresent(this::refresh);
  }

  private void refresh(Path file) {
    try {
      BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
      if (found.lastModifiedTime().equals(state.modified) && found.size() == state.size) {
        trouble = "";
        return;
      }
      state = load(file);
      trouble = "";
      LOG.log(System.Logger.Level.INFO, "{0} lists {1} log keys now", file, state.logs.size());
    } catch (IOException | FormatException e) {
      String now = String.valueOf(e.getMessage());
      if (!now.equals(trouble)) {
        LOG.log(
            System.Logger.Level.ERROR,
            "{0} cannot be used, so its last valid version is used: {1}",
            file,
            now);
      }
      trouble = now;
    }
  }
}
