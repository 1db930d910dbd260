package dev.counterfoil.signer.growth;

import dev.counterfoil.format.keylog.KeyLogEvent.EndReason;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.process.settings.KeySchedule;
import dev.counterfoil.signer.folders.Generation;
import dev.counterfoil.signer.rotation.KeyFolder;
import dev.counterfoil.signer.rotation.RegistrarLink;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Tells the registrar how the generation before the present one ended, again at every start, until
 * it is in the key log: at which size, why, and what follows. Where the disk was put back,
 * verifiers and monitor learn from it that tokens past that size are lost, not forged.
 */
public final class LogEnds {
  /** In a log's private folder: how large others saw it, which is smaller here. */
  static final String REWOUND = "rewound";

  private static final System.Logger LOG = System.getLogger(LogEnds.class.getName());

  /** What an operator may set right, and what passes: it is told again after a while. */
  private static final Set<Answer.Code> TOLD_LATER =
      Set.of(Answer.Code.NOT_ITS_OWN, Answer.Code.NOT_ALLOWED);

  static final Duration TOLD_AGAIN_AFTER = Duration.ofMinutes(10);

  private final RegistrarLink registrar;
  private final InstantSource clock;
  private final Queue<Request.Command> pending = new ConcurrentLinkedQueue<>();

  /** Refused, and when each is told again. */
  private final Map<Request.Command, Instant> later = new LinkedHashMap<>();

  /** Keys of a log that was followed as planned. Their private halves are destroyed. */
  private final List<String> toRetire;

  /** No token of them is dated later by any clock. */
  private final Instant retireFrom;

  private LogEnds(
      RegistrarLink registrar,
      List<Request.Command> ends,
      List<String> toRetire,
      InstantSource clock) {
    this.registrar = registrar;
    this.clock = clock;
    this.pending.addAll(ends);
    this.toRetire = new ArrayList<>(toRetire);
    this.retireFrom = clock.instant().plus(KeySchedule.RETIRE_AFTER);
  }

  /** What has to be told while a generation runs. */
  public static LogEnds before(
      SignerConfiguration configuration,
      Generation current,
      InstantSource clock,
      RegistrarLink registrar)
      throws IOException, GeneralSecurityException {
    List<Request.Command> ends = new ArrayList<>();
    List<String> kids = new ArrayList<>();
    Optional<Generation> last = Optional.empty();
    for (Generation generation :
        Generation.all(configuration.name(), configuration.process().folder())) {
      if (generation.isGivenUp()) {
        ends.add(givenUp(generation));
      } else if (generation.number() < current.number()) {
        last = Optional.of(generation);
      }
    }
    if (last.isPresent()) {
      boolean succeeded = current.announcedAt().isPresent();
      ends.addAll(ends(configuration, last.get(), current, succeeded));
      if (succeeded) {
        new KeyFolder(FileDisk.toRead(last.get().keys()))
            .statements().values().stream()
                .filter(key -> clock.instant().isBefore(key.verifyUntil()))
                .forEach(key -> kids.add(key.kid()));
      }
    }
    return new LogEnds(registrar, ends, kids, clock);
  }

  /** The end of a log that was announced and never took over. */
  private static Request.Command givenUp(Generation generation) {
    return Commands.endLog(generation.logName(), 0, Optional.empty(), EndReason.PLANNED);
  }

  /** An announced generation is given up while this one runs. */
  public void tellGivenUp(Generation generation) {
    pending.add(givenUp(generation));
  }

  private static List<Request.Command> ends(
      SignerConfiguration configuration, Generation old, Generation next, boolean succeeded)
      throws IOException {
    List<Request.Command> ends = new ArrayList<>();
    boolean rewound = isRewound(old.folder());
    end(configuration, old.journal(), old.logName(), next.logName(), reason(rewound, succeeded))
        .ifPresent(ends::add);
    for (String door : old.recordLogs()) {
      Path folder = old.recordLog(door);
      end(
              configuration,
              folder.resolve("journal"),
              old.recordLogName(door),
              next.recordLogName(door),
              reason(rewound || isRewound(folder), succeeded))
          .ifPresent(ends::add);
    }
    return ends;
  }

  private static boolean isRewound(Path folder) throws IOException {
    return Generation.number(FileDisk.toRead(folder), REWOUND).isPresent();
  }

  private static EndReason reason(boolean rewound, boolean succeeded) {
    if (rewound) {
      return EndReason.ROLLED_BACK;
    }
    return succeeded ? EndReason.PLANNED : EndReason.REPLACED;
  }

  private static Optional<Request.Command> end(
      SignerConfiguration configuration,
      Path journal,
      String logName,
      String successor,
      EndReason reason)
      throws IOException {
    return end(configuration, journal, logName)
        .map(size -> Commands.endLog(logName, size, Optional.of(successor), reason));
  }

  /** The size with which a log ended; empty for one that did not. */
  public static Optional<Long> end(SignerConfiguration configuration, Path journal, String logName)
      throws IOException {
    Optional<Long> size = Generation.number(FileDisk.toRead(journal), Generation.SEALED);
    if (size.isEmpty() || !Files.isDirectory(journal)) {
      return Optional.empty();
    }
    return Optional.of(Math.max(size.get(), publicSize(configuration, logName)));
  }

  /**
   * How far readers can follow it: further than its journal, where only the private folder was put
   * back.
   */
  private static long publicSize(SignerConfiguration configuration, String logName)
      throws IOException {
    Path folder = configuration.process().logFolder().resolve(logName);
    try (LogReader reader = new LogReader(FileDisk.toRead(folder))) {
      return reader.published().map(published -> published.checkpoint().size()).orElse(0L);
    }
  }

  /** Seals a journal that cannot be read; its log ends where its readers see it end. */
  public static long sealAtPublished(
      SignerConfiguration configuration, Path journal, String logName) throws IOException {
    long size = publicSize(configuration, logName);
    FileDisk.privateFolder(journal)
        .replace(Generation.SEALED, (size + "\n").getBytes(StandardCharsets.US_ASCII));
    return size;
  }

  /** Notes that a log was larger once: a token log before it is sealed. */
  public static void markRewound(Disk folder, long knownSize) throws IOException {
    folder.replace(REWOUND, (knownSize + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  /** Tells it when it was not told yet. On the key keeper's thread. */
  public void step() throws InterruptedException {
    if (!toRetire.isEmpty() && !clock.instant().isBefore(retireFrom)) {
      toRetire.forEach(kid -> pending.add(Commands.retireKey(kid)));
      toRetire.clear();
    }
    Instant now = clock.instant();
    List<Request.Command> due =
        later.keySet().stream().filter(one -> !now.isBefore(later.get(one))).toList();
    pending.addAll(due);
    due.forEach(later::remove);
    Request.Command first = pending.peek();
    if (first == null) {
      return;
    }
    try {
      switch (registrar.ask(first)) {
        case Answer.Done done -> pending.remove();
        case Answer.Refused refused -> {
          if (refused.code() == Answer.Code.BUSY || refused.code() == Answer.Code.DISK_FULL) {
            return;
          }
          pending.remove();
          if (TOLD_LATER.contains(refused.code())) {
            later.put(first, clock.instant().plus(TOLD_AGAIN_AFTER));
          }
          // Else it never stated the log, or knows another end of it already.
          LOG.log(
              System.Logger.Level.WARNING,
              "the registrar does not take {0} of what ended: {1}",
              first.name(),
              refused.text());
        }
        case Answer.Issued issued -> throw otherKind();
        case Answer.Records records -> throw otherKind();
        case Answer.Recorded recorded -> throw otherKind();
      }
    } catch (SignerUnavailableException e) {
      // Told at the next step.
      LOG.log(System.Logger.Level.DEBUG, "registrar: {0}", e.getMessage());
    }
  }

  private static IllegalStateException otherKind() {
    return new IllegalStateException("the registrar answered another question");
  }
}
