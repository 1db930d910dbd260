package dev.counterfoil.cli.command;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.CosignedBy;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.read.HttpLogSource;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.log.read.StaticLogSource;
import dev.counterfoil.log.tools.LogChecker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which log a command is about, and whose word on it counts. */
public final class LogPlace {
  /** How a log's folder or URL is named in usage texts. */
  public static final String LABEL = "DIR|URL";

  private static final int PARALLEL_REQUESTS = 16;
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  @Mixin private InstallationOptions installation;

  @Option(
      names = "--key",
      paramLabel = "VKEY",
      description =
          "The log's key (default: the one in the policy, or the one that the domain's key"
              + " set states).")
  private @Nullable String vkey;

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description = {
        "A trust policy or a plain tlog-policy, with the log's key and the quorum that"
            + " must have cosigned (default: the installation's)."
      })
  private @Nullable Path policyFile;

  /** What the key log says, once it was asked. */
  private @Nullable List<NoteKey> stated;

  /** Nothing that is known says the log's key. */
  public static final class UnknownKeyException extends CommandFailure {
    private static final long serialVersionUID = 1L;

    private UnknownKeyException(String origin) {
      super(ExitCode.ENVIRONMENT, "no key is known for log " + origin + ". Name it with --key");
    }
  }

  /** A log that can be read. */
  public record Opened(String name, LogSource source, boolean isRemote, AutoCloseable resource)
      implements AutoCloseable {
    @Override
    public void close() throws IOException {
      try {
        resource.close();
      } catch (IOException | RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
  }

  public InstallationOptions installation() {
    return installation;
  }

  public static boolean isUrl(String where) {
    return where.startsWith("http://") || where.startsWith("https://");
  }

  public static Opened open(String where) {
    if (isUrl(where)) {
      // HTTP/1.1: an upgrade offer on every plain connection gains nothing here.
      HttpClient http =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(CONNECT_TIMEOUT)
              .build();
      return new Opened(
          where, new HttpLogSource(http, uri(where), UnaryOperator.identity()), true, http);
    }
    Path folder = Path.of(where);
    if (!Files.isDirectory(folder)) {
      throw CommandFailure.environment(
          where + " is not a folder. Name a log's public folder, a copy of it, or its URL");
    }
    if (Files.isDirectory(folder.resolve("tile"))) {
      return new Opened(where, new StaticLogSource(folder), false, () -> {});
    }
    LogReader reader = new LogReader(FileDisk.toRead(folder));
    return new Opened(where, reader, false, reader);
  }

  private static URI uri(String where) {
    try {
      return URI.create(where);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.environment(where + " is not a URL");
    }
  }

  /** The policy that was named, or the installation's; empty where there is neither. */
  public Optional<PolicyFile> policy() {
    if (policyFile != null) {
      return Optional.of(PolicyFile.read(policyFile));
    }
    return installation.hasContext()
        ? Optional.of(PolicyFile.of(installation.policy()))
        : Optional.empty();
  }

  /** Whether the user named a policy: then a quorum in it must be there. */
  public boolean isPolicyNamed() {
    return policyFile != null;
  }

  /** The key that must have signed the log's checkpoints. */
  public NoteKey key(Opened log) throws InterruptedException {
    try {
      if (vkey != null) {
        return NoteKey.parse(vkey);
      }
      SignedNote note = SignedNote.parse(log.source().checkpoint());
      return keyFor(Checkpoint.parse(note.text()).origin());
    } catch (FormatException e) {
      throw CommandFailure.environment(
          "cannot understand the checkpoint or the key of " + log.name() + ": " + e.getMessage());
    } catch (IOException e) {
      throw CommandFailure.unavailable(
          "cannot read the log at " + log.name() + ": " + e.getMessage());
    }
  }

  /** The key of a log with an origin. */
  public NoteKey keyFor(String origin) throws FormatException, InterruptedException {
    if (vkey != null) {
      return NoteKey.parse(vkey);
    }
    Optional<PolicyFile> policy = policy();
    if (policy.isEmpty()) {
      throw CommandFailure.environment(
          "whose log is this? Name its key with --key, or a policy with --policy");
    }
    Optional<NoteKey> pinned = find(pinned(policy.get().logs()), origin);
    if (pinned.isPresent()) {
      return pinned.get();
    }
    Optional<NoteKey> known = Optional.empty();
    if (policy.get().trust().isPresent()) {
      known = find(stated(policy.get().trust().get()), origin);
    }
    return known.orElseThrow(() -> new UnknownKeyException(origin));
  }

  private static List<NoteKey> pinned(LogPolicy policy) {
    return policy.logs().stream().map(LogPolicy.PinnedLog::key).toList();
  }

  private List<NoteKey> stated(TrustPolicy policy) {
    List<NoteKey> keys = stated;
    if (keys == null) {
      keys = FetchedKeys.fetch(policy).logs().stream().map(StatedLog::key).toList();
      stated = keys;
    }
    return keys;
  }

  private static Optional<NoteKey> find(List<NoteKey> keys, String origin) {
    return keys.stream().filter(key -> key.name().equals(origin)).findFirst();
  }

  /** What the entries of a log must be: the key log's are statements, all others' are leaves. */
  public static LogChecker.EntryForm entryForm(NoteKey logKey) {
    return logKey.name().endsWith("/logs/" + KeyLog.NAME)
        ? LogChecker.EntryForm.ANY
        : LogChecker.EntryForm.LEAVES;
  }

  /** The key log's entries are published in full: its journal holds nothing beside them. */
  public static void refuseJournalOf(NoteKey logKey, Optional<Path> journal) {
    if (journal.isPresent() && entryForm(logKey) == LogChecker.EntryForm.ANY) {
      throw CommandFailure.environment(
          "a key log's entries are published in full. Leave out --journal");
    }
  }

  /**
   * Whether only the user's word says whose log it is: a key that was named, or a plain policy. A
   * trust policy names a Counterfoil issuer, whose logs it has or leads to.
   */
  public boolean mayBeForeign() {
    return vkey != null || policy().map(policy -> policy.trust().isEmpty()).orElse(true);
  }

  /** How many runs of a log are checked at a time: requests over HTTP, else cores. */
  public static int threads(Opened log) {
    return log.isRemote()
        ? PARALLEL_REQUESTS
        : Math.min(LogChecker.THREADS_MAX, Runtime.getRuntime().availableProcessors());
  }

  /** What a checkpoint lacks of a policy's quorum. */
  public static Optional<String> lacks(LogPolicy policy, SignedNote note) {
    CosignedBy by = policy.cosigned(note);
    return by.quorum()
        ? Optional.empty()
        : Optional.of(
            "no quorum: %d of the policy's %d witnesses cosigned"
                .formatted(by.names().size(), policy.witnesses().size()));
  }
}
