package dev.counterfoil.process.cosigning;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.log.care.ClockCheck;
import dev.counterfoil.log.checkpoint.Cosigner;
import dev.counterfoil.log.checkpoint.Cosigning;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.log.disk.LogFailedException;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer.Responder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Takes cosignatures of one log from the authority and acts on what they say: they let a log that
 * starts again grow, they show that it was rewound, or that there are two of it. A custodian's
 * usual word, for which tokens wait, is taken on the thread that brings it; all else, which may
 * have much to read, on a thread of its own.
 */
public final class LogCosigning implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(LogCosigning.class.getName());
  private static final int WAITING_MAX = 256;

  private final String logName;
  private final Cosigning cosigning;
  private final StartConfirmation confirmation;
  private final ClockCheck clockCheck;
  private boolean clockIsOff;
  private final List<Cosigner> cosigners;
  private final boolean heldAwaited;
  private final LongSupplier size;
  private final InstantSource clock;
  private final Alarm alarm;
  private final Executor thread;
  private final Executor publisher;

  /** Notes that are taken on the thread of their own, or wait for it. */
  private final AtomicInteger underWay = new AtomicInteger();

  /** What ends the log. Each returns at once. */
  public interface Alarm {
    /** The log was larger once. */
    void rewound(Cosigning.Verdict.Rewound by);

    /** There is another history under the log's name: nothing more is issued. */
    void contradicted(Cosigning.Verdict.Contradicted by, SignedNote note);

    /** The log's key failed: the state is unknown. */
    void failed(Throwable cause);
  }

  /**
   * The cosigning of a log.
   *
   * @param heldAwaited whether anything is released by a custodian's word; else he is told that one
   *     now and then is enough
   * @param size of the log's tree
   */
  public LogCosigning(
      String logName,
      Cosigning cosigning,
      StartConfirmation confirmation,
      List<Cosigner> cosigners,
      boolean heldAwaited,
      LongSupplier size,
      InstantSource clock,
      Alarm alarm) {
    this(
        logName,
        cosigning,
        confirmation,
        cosigners,
        heldAwaited,
        size,
        clock,
        System::nanoTime,
        thread("cosigning"),
        thread("cosigned"),
        alarm);
  }

  private static ThreadPoolExecutor thread(String name) {
    return new ThreadPoolExecutor(
        1,
        1,
        0,
        TimeUnit.SECONDS,
        new ArrayBlockingQueue<>(WAITING_MAX),
        Thread.ofPlatform().daemon().name(name).factory());
  }

  /**
   * The same on threads of the caller's.
   *
   * @param nanos a clock that never steps
   * @param thread on which cosignatures are taken, one after another, that take longer
   * @param publisher on which cosigned checkpoints are written: no custodian's word waits for that
   */
  public LogCosigning(
      String logName,
      Cosigning cosigning,
      StartConfirmation confirmation,
      List<Cosigner> cosigners,
      boolean heldAwaited,
      LongSupplier size,
      InstantSource clock,
      LongSupplier nanos,
      Executor thread,
      Executor publisher,
      Alarm alarm) {
    this.logName = logName;
    this.cosigning = cosigning;
    this.confirmation = confirmation;
    this.cosigners = List.copyOf(cosigners);
    this.heldAwaited = heldAwaited;
    this.size = size;
    this.clock = clock;
    this.clockCheck = new ClockCheck(cosigners, cosigning.quorum(), clock, nanos);
    this.thread = thread;
    this.publisher = publisher;
    this.alarm = alarm;
  }

  /** Holds the log against the cosigned checkpoint that it published itself before it stopped. */
  public void compareWithPublished() throws IOException {
    cosigning.takePublished(clock.instant()).ifPresent(verdict -> act(verdict, Optional.empty()));
  }

  /** Takes {@code {"log", "note"}}; the answer may come later. */
  public void addCosignatures(Request.Command command, Responder responder) {
    SignedNote note;
    try {
      command.arguments().allowOnly("log", "note");
      if (!command.arguments().string("log").equals(logName)) {
        responder.answer(new Answer.Refused(Code.UNKNOWN, "there is no such log, or it has ended"));
        return;
      }
      note = SignedNote.parse(command.arguments().string("note").getBytes(StandardCharsets.UTF_8));
    } catch (FormatException e) {
      responder.answer(new Answer.Refused(Code.MALFORMED, String.valueOf(e.getMessage())));
      return;
    }
    if (underWay.get() == 0 && cosigning.isJudgedAtOnce(note)) {
      judge(note, responder);
      return;
    }
    underWay.incrementAndGet();
    try {
      thread.execute(
          () -> {
            try {
              judge(note, responder);
            } finally {
              underWay.decrementAndGet();
            }
          });
    } catch (RejectedExecutionException e) {
      underWay.decrementAndGet();
      responder.answer(new Answer.Refused(Code.BUSY, "too many cosignatures wait"));
    }
  }

  private void judge(SignedNote note, Responder responder) {
    Cosigning.Verdict verdict;
    Answer answer;
    try {
      verdict = cosigning.judge(note, clock.instant(), clockCheck::heard);
      compareClocks();
      answer = act(verdict, Optional.of(note));
    } catch (LogDamagedException e) {
      LOG.log(System.Logger.Level.ERROR, "log {0}: {1}", logName, e.getMessage());
      responder.answer(
          new Answer.Refused(Code.CONFLICT, "the log is damaged. Its operator must examine it"));
      return;
    } catch (LogFailedException e) {
      alarm.failed(e);
      responder.answer(new Answer.Refused(Code.BUSY, "the log's key cannot sign"));
      return;
    } catch (IOException e) {
      LOG.log(System.Logger.Level.ERROR, "log " + logName + ": cosignatures cannot be taken", e);
      responder.answer(new Answer.Refused(Code.BUSY, "the log's files cannot be read"));
      return;
    }
    if (verdict instanceof Cosigning.Verdict.Counted counted && counted.completes()) {
      try {
        publisher.execute(() -> responder.answer(published(answer)));
      } catch (RejectedExecutionException e) {
        responder.answer(new Answer.Refused(Code.BUSY, "too many cosigned checkpoints wait"));
      }
    } else {
      responder.answer(answer);
    }
  }

  private Answer published(Answer answer) {
    try {
      cosigning.publishDue();
      return answer;
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.ERROR,
          "log " + logName + ": the cosigned checkpoint cannot be written",
          e);
      return new Answer.Refused(Code.BUSY, "the log's files cannot be written");
    }
  }

  private Answer act(Cosigning.Verdict verdict, Optional<SignedNote> note) {
    return switch (verdict) {
      case Cosigning.Verdict.Counted counted -> {
        confirmation.heard(counted.counted());
        yield new Answer.Done(
            JsonObject.builder()
                .put("counted", List.copyOf(counted.counted().keySet()))
                .put("size", counted.size())
                .put("cosigned_size", cosigning.cosignedSize())
                .put("held_size", cosigning.heldSize())
                .put("held_awaited", heldAwaited)
                .build());
      }
      case Cosigning.Verdict.Refused refused -> new Answer.Refused(Code.MALFORMED, refused.why());
      case Cosigning.Verdict.Rewound rewound -> {
        alarm.rewound(rewound);
        yield new Answer.Refused(
            Code.CONFLICT, "the log is smaller than it was, so it does not continue");
      }
      case Cosigning.Verdict.Contradicted contradicted -> {
        if (contradicted.proven()) {
          note.ifPresent(signed -> alarm.contradicted(contradicted, signed));
        }
        yield new Answer.Refused(
            Code.CONFLICT, "the log has another root at size " + contradicted.theirs().size());
      }
    };
  }

  private synchronized void compareClocks() {
    Optional<String> off = clockCheck.obstacle();
    if (off.isPresent() != clockIsOff) {
      clockIsOff = off.isPresent();
      LOG.log(
          clockIsOff ? System.Logger.Level.ERROR : System.Logger.Level.INFO,
          "log {0}: {1}",
          logName,
          off.orElse("this machine's clock agrees with the others again"));
    }
  }

  /** Whether anything may be recorded in the log. */
  public boolean mayGrow() {
    return confirmation.isComplete() && (!clockCheck.decides() || clockCheck.off().isEmpty());
  }

  /** Why not; empty when it may. */
  public Optional<String> obstacle() {
    List<String> waiting = waitingFor();
    return waiting.isEmpty()
        ? clockCheck.obstacle().filter(why -> clockCheck.decides())
        : Optional.of(
            "waiting for "
                + String.join(", ", waiting)
                + " to report how large the log was. Until then it is unknown whether"
                + " this disk was put back to an earlier state");
  }

  /** Entries that every custodian holds; empty where there is no custodian. */
  public OptionalLong heldByAll() {
    return cosigning.heldByAll();
  }

  /** Who has to be heard before tokens are recorded. */
  public List<String> waitingFor() {
    return confirmation.waitingFor();
  }

  /** For people and for the authority. */
  public JsonObject status() {
    long now = size.getAsLong();
    List<JsonObject> standings = new ArrayList<>();
    for (Cosigning.Standing standing : cosigning.standings()) {
      JsonObject.Builder one =
          JsonObject.builder()
              .put("name", standing.cosigner().name())
              .put("kind", standing.cosigner().kind().name().toLowerCase(java.util.Locale.ROOT))
              .put("holder", standing.cosigner().isHolder())
              .put("size", standing.size())
              .put("lag", now - Math.max(0, standing.size()));
      standing.signedAt().ifPresent(at -> one.put("signed_at", seconds(at)));
      standing.receivedAt().ifPresent(at -> one.put("received_at", seconds(at)));
      if (!standing.problem().isEmpty()) {
        one.put("problem", standing.problem());
      }
      standings.add(one.build());
    }
    JsonObject.Builder status =
        JsonObject.builder()
            .put("quorum", cosigning.quorum())
            .put("cosigned_size", cosigning.cosignedSize())
            .put("held_size", cosigning.heldSize())
            .put("waiting_for", waitingFor())
            .put("cosigners", standings);
    if (cosigners.stream().noneMatch(Cosigner::isHolder)) {
      status.put(
          "rewind_warning",
          "no cosigner is a holder, so nothing notices if this disk is put back to an"
              + " earlier state");
    }
    clockCheck.off().ifPresent(off -> status.put("clock_off_s", off.toSeconds()));
    if (cosigning.quorum() == 0) {
      status.put("clock_warning", clockWarning());
      status.put(
          "split_view_warning",
          "no witness is required, so nothing stops this issuer from showing different"
              + " readers different logs");
    }
    return status.build();
  }

  private String clockWarning() {
    return clockCheck
        .obstacle()
        .orElse(
            cosigners.isEmpty()
                ? "no witness is required, so this clock is compared with no other"
                : "no witness is required, so a difference between this clock and a"
                    + " cosigner's is only logged");
  }

  private static long seconds(Instant at) {
    return at.getEpochSecond();
  }

  @Override
  public void close() {
    for (Executor each : List.of(thread, publisher)) {
      if (each instanceof ThreadPoolExecutor own) {
        own.shutdown();
      }
    }
  }
}
