package dev.counterfoil.cli.audit.verification;

import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.audit.intake.AuditKeyFile;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.command.ReplayedKeyLog;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TrustPolicy;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Whose word on the audit log's key counts. The bundle's own does not: it says only which key to
 * look for in the key log, which is verified from the policy's root down.
 */
public final class AuditKeyTrust {
  private static final int VKEY_BYTES_MAX = 4096;
  private static final int HEADER_BYTES_MAX = 1 << 20;

  @Option(
      names = "--key",
      paramLabel = "VKEY",
      description =
          "The audit log's key, if its operator gave it to you (default: the one that"
              + " the key log states).")
  private @Nullable String key;

  @Option(
      names = "--key-log",
      paramLabel = "DIR|FILE|URL",
      description =
          "The domain's key log, which states whose key it is: its public folder or a"
              + " copy of it, an archive that log export wrote, or its URL (default: the"
              + " copy in the bundle).")
  private @Nullable String keyLog;

  /** Where a key is from. */
  enum From {
    /** {@code --key}. */
    BROUGHT("option"),
    /** A line of the policy file. */
    PINNED("policy"),
    /** The bundle names it: it counts when the key log states it. */
    KEY_LOG("key-log"),
    /** The audit log lies on this machine. */
    INSTALLATION("installation");

    private final String text;

    From(String text) {
      this.text = text;
    }
  }

  /**
   * A key by which a bundle is checked.
   *
   * @param key the audit log's
   * @param from whose word it is
   */
  record Candidate(NoteKey key, From from) {}

  /**
   * What is to be said of the key.
   *
   * @param candidate the key
   * @param keys what the key log says, where there is one
   * @param fault why nothing that it signed counts; empty where it does
   */
  record Verdict(Candidate candidate, Optional<KeySet> keys, Optional<String> fault) {
    boolean isStated() {
      return keys.filter(set -> set.statesAuditLog(candidate.key())).isPresent();
    }

    /** Adds what scripts read. */
    JsonObject.Builder write(JsonObject.Builder json) {
      return json.put("key", candidate.key().toString())
          .put("key_from", isStated() ? From.KEY_LOG.text : candidate.from().text)
          .put("key_stated", isStated());
    }

    /** For people. */
    String text() {
      if (isStated()) {
        KeySet set = keys.orElseThrow();
        return ("The key log of domain %s states the audit log's key. It was verified from the"
                + " root in the policy down, as of %s.")
            .formatted(PlainText.of(set.domain(), 255), set.asOf());
      }
      return switch (candidate.from()) {
        case BROUGHT -> "The log's key is the one that you gave.";
        case PINNED -> "The log's key is the one in the policy file.";
        case INSTALLATION -> "The log's key is the one of the installation on this machine.";
        case KEY_LOG -> "Nothing shows whose key it is.";
      };
    }
  }

  /**
   * What the first line of a bundle says of itself: where to look, and nothing to believe.
   *
   * @param domain whose events it says that it has
   * @param key the key that it names
   */
  private record Header(String domain, String key) {}

  /**
   * The key by which a bundle is to be checked.
   *
   * @param in at the bundle's begin, where it is again afterwards
   * @param pinned those in the policy file: where there are any, no other one counts
   * @param named whether a policy file was named
   */
  Candidate candidate(
      BufferedInputStream in, List<NoteKey> pinned, boolean named, InstallationOptions installation)
      throws IOException, FormatException {
    if (key != null) {
      return new Candidate(parsed(key), From.BROUGHT);
    }
    Header header = header(in);
    if (!pinned.isEmpty()) {
      // The bundle says which one to take, or is checked by one that did not sign it.
      return new Candidate(
          pinned.stream()
              .filter(one -> one.toString().equals(header.key))
              .findFirst()
              .orElse(pinned.getFirst()),
          From.PINNED);
    }
    if (named) {
      return new Candidate(NoteKey.parse(header.key), From.KEY_LOG);
    }
    Optional<Path> known = known(installation).filter(Files::exists);
    boolean follows =
        installation.hasContext() && installation.policy().domain().equals(header.domain);
    // Of an audit log that was replaced the key is no longer here, and the key log states it still.
    if (follows && !(known.isPresent() && read(known.get()).toString().equals(header.key))) {
      return new Candidate(NoteKey.parse(header.key), From.KEY_LOG);
    }
    return new Candidate(trusted(null, installation), From.INSTALLATION);
  }

  /**
   * Whether the key counts for what was checked by it.
   *
   * @param policy from which the key log is verified, where there is one
   * @param inBundle what the bundle's own copy of the key log says, where it was verified
   */
  Verdict verdict(
      Candidate candidate,
      AuditBundle.Proved proved,
      Optional<TrustPolicy> policy,
      Optional<KeySet> inBundle,
      Instant now)
      throws FormatException {
    Optional<KeySet> keys = keyLog == null ? inBundle : Optional.of(brought(policy, now));
    keys = keys.filter(set -> set.domain().equals(proved.domain()));
    return new Verdict(candidate, keys, fault(candidate, proved.size(), keys));
  }

  private KeySet brought(Optional<TrustPolicy> policy, Instant now) throws FormatException {
    if (policy.isEmpty() || keyLog == null) {
      throw CommandFailure.environment(
          "--key-log is verified from a policy down: name the policy with --policy");
    }
    return ReplayedKeyLog.read(policy.get(), keyLog, now).keySet();
  }

  /** Whatever a key is from: what the key log took back does not count. */
  static Optional<String> fault(Candidate candidate, long size, Optional<KeySet> keys) {
    if (candidate.from() != From.KEY_LOG) {
      return keys.flatMap(set -> set.auditLogObjection(candidate.key().name(), size));
    }
    return keys.isEmpty()
        ? Optional.of(
            "no key log says whose key the bundle names, and the bundle alone does"
                + " not prove it. Name the domain's policy with --policy, and a copy of its"
                + " key log with --key-log if the bundle has none, or the key with --key")
        : keys.get().auditLogFault(candidate.key(), size);
  }

  private static Header header(BufferedInputStream in) throws IOException, FormatException {
    in.mark(HEADER_BYTES_MAX + 1);
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int next = in.read();
    for (; next >= 0 && next != '\n' && line.size() < HEADER_BYTES_MAX; next = in.read()) {
      line.write(next);
    }
    in.reset();
    if (next != '\n') {
      throw new FormatException("not a bundle: its first line is too long, or incomplete");
    }
    JsonObject json = StrictJson.object(line.toByteArray(), HEADER_BYTES_MAX);
    return new Header(json.string("domain"), json.string("key"));
  }

  private static NoteKey parsed(String vkey) {
    try {
      return NoteKey.parse(vkey);
    } catch (FormatException e) {
      throw CommandFailure.environment("--key: " + e.getMessage());
    }
  }

  private static Optional<Path> known(InstallationOptions installation) {
    return installation.hasContext()
        ? Optional.of(installation.monitor().folder().resolve("audit").resolve(AuditKeyFile.PUBLIC))
        : Optional.empty();
  }

  /** The key in a file; a longer one than a key's is refused. */
  static NoteKey read(Path known) throws IOException, FormatException {
    if (Files.size(known) > VKEY_BYTES_MAX) {
      throw CommandFailure.environment(known + " is no key");
    }
    return NoteKey.parse(Files.readString(known).strip());
  }

  /** The key of the audit log on this machine, where it can be read. */
  static Optional<NoteKey> ofInstallation(InstallationOptions installation) {
    Optional<Path> known = known(installation).filter(Files::isReadable);
    try {
      return known.isPresent() ? Optional.of(read(known.get())) : Optional.empty();
    } catch (IOException | FormatException e) {
      return Optional.empty();
    }
  }

  /** A key that was brought, or that of the installation on this machine. */
  static NoteKey trusted(@Nullable String key, InstallationOptions installation) {
    if (key != null) {
      return parsed(key);
    }
    Optional<Path> known = known(installation);
    try {
      if (known.isPresent()) {
        return read(known.get());
      }
    } catch (IOException | FormatException e) {
      throw untold("Cannot read " + known.get());
    }
    throw untold("There is no installation here");
  }

  private static CommandFailure untold(String why) {
    return CommandFailure.environment(
        "name the domain's policy with --policy, whose key log states the audit log's key, or the key with --key. "
            + why);
  }
}
