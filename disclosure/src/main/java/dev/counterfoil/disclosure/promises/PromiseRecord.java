package dev.counterfoil.disclosure.promises;

import dev.counterfoil.disclosure.DisclosureException;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.policy.TrustPolicy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The file that is published: the promises, what is public besides the key log, and what each
 * evaluation said. A reader with the key log evaluates the same again.
 *
 * @param promises as they were given; one that is taken away stays, with its past
 * @param observed what was seen and stands in no log: checkpoints, cosignatures, cases
 * @param evaluations in order of time
 */
public record PromiseRecord(
    List<Promise> promises, PublicHistory observed, List<Evaluation> evaluations) {
  private static final int EVALUATIONS_MAX = 4_000;

  /**
   * What was said at a time.
   *
   * @param asOf up to when, in seconds since 1970
   * @param signed the same with the domain's signature and the disclosure log's receipt
   */
  public record Evaluation(long asOf, List<Said> said, Optional<SignedDisclosure> signed) {
    public Evaluation {
      said = List.copyOf(said);
    }
  }

  /** What was said of a promise: its state, and the hash of what was looked at. */
  public record Said(String id, String state, String inputs) {
    /** As it is signed and published. */
    public JsonObject toJson() {
      return JsonObject.builder().put("id", id).put("state", state).put("inputs", inputs).build();
    }

    static Said of(JsonObject json) throws FormatException {
      json.allowOnly("id", "state", "inputs");
      return new Said(json.string("id"), json.string("state"), json.string("inputs"));
    }
  }

  public PromiseRecord {
    promises = List.copyOf(promises);
    evaluations = List.copyOf(evaluations);
  }

  /** The whole of what is public: the key log's keys and head, and what was observed. */
  public PublicHistory with(PublicHistory keyLog) {
    PublicHistory all = observed.and(keyLog);
    return new PublicHistory(
        keyLog.asOf(),
        keyLog.keys(),
        all.checkpoints(),
        all.cosigned(),
        all.revocations(),
        all.forgeries(),
        all.corrections());
  }

  /** The record with one more evaluation, and what was seen for it. */
  public PromiseRecord evaluated(PublicHistory all) {
    List<Evaluation> more = new ArrayList<>(evaluations);
    more.add(
        new Evaluation(
            all.asOf(),
            verdicts(all).stream()
                .map(verdict -> new Said(verdict.id(), verdict.state().text(), verdict.inputs()))
                .toList(),
            Optional.empty()));
    PublicHistory seen =
        new PublicHistory(
            all.asOf(),
            List.of(),
            all.checkpoints(),
            all.cosigned(),
            all.revocations(),
            all.forgeries(),
            all.corrections());
    return new PromiseRecord(promises, seen, more);
  }

  /** The record with the last evaluation as it was signed. */
  public PromiseRecord signed(SignedDisclosure signed) {
    List<Evaluation> more = new ArrayList<>(evaluations);
    Evaluation last = more.removeLast();
    more.add(new Evaluation(last.asOf(), last.said(), Optional.of(signed)));
    return new PromiseRecord(promises, observed, more);
  }

  /**
   * Verifies that each evaluation is the domain's own word, and that none is missing between them.
   *
   * @return for each fault a sentence that names the day; none where all is signed and chained
   */
  public List<String> unsigned(TrustPolicy policy) {
    List<String> faults = new ArrayList<>();
    Optional<Hash> before = Optional.empty();
    Optional<SaidOfPromises> last = Optional.empty();
    for (Evaluation evaluation : evaluations) {
      LocalDate day = day(evaluation);
      try {
        SignedDisclosure signed =
            evaluation.signed().orElseThrow(() -> new DisclosureException("it was never signed"));
        SaidOfPromises said = SaidOfPromises.parse(signed.verify(SaidOfPromises.TYPE, policy));
        if (said.asOf() != evaluation.asOf() || !said.said().equals(evaluation.said())) {
          throw new DisclosureException("something else was signed");
        }
        // A day that is missing is one fault, and not one of each day after it.
        Optional<Hash> expected = before;
        Optional<SaidOfPromises> earlier = last;
        before = Optional.of(signed.digest());
        last = Optional.of(said);
        if (!said.previous().equals(expected)) {
          throw new DisclosureException("the one before it is missing");
        }
        Optional<String> objection = earlier.flatMap(one -> one.objection(said));
        if (objection.isPresent() || !promises.containsAll(said.promises())) {
          throw new DisclosureException(objection.orElse("a promise was taken away since"));
        }
      } catch (DisclosureException | FormatException | IllegalArgumentException e) {
        faults.add("%s: %s".formatted(day, e.getMessage()));
      }
    }
    return faults;
  }

  private static LocalDate day(Evaluation evaluation) {
    return Instant.ofEpochSecond(evaluation.asOf()).atOffset(ZoneOffset.UTC).toLocalDate();
  }

  /** The verdict on each promise, by what was public at the history's time. */
  public List<PromiseVerdict> verdicts(PublicHistory all) {
    PublicHistory then = all.until(all.asOf());
    return promises.stream().map(promise -> PromiseVerdict.of(promise, then)).toList();
  }

  /**
   * Evaluates each time again that was evaluated, with what was public then.
   *
   * @return for each difference a sentence that names the day; none where all is as it was said
   */
  public List<String> differences(PublicHistory all) {
    List<String> different = new ArrayList<>();
    for (Evaluation evaluation : evaluations) {
      PublicHistory then = all.until(evaluation.asOf());
      LocalDate day = day(evaluation);
      for (Said said : evaluation.said()) {
        Optional<Promise> promise =
            promises.stream().filter(one -> one.id().equals(said.id())).findFirst();
        if (promise.isEmpty()) {
          different.add("%s: promise %s was taken away".formatted(day, said.id()));
          continue;
        }
        PromiseVerdict verdict = PromiseVerdict.of(promise.get(), then);
        if (!verdict.state().text().equals(said.state())) {
          different.add(
              "%s: %s was said to be %s, and the public data say %s"
                  .formatted(day, said.id(), said.state(), verdict.state().text()));
        } else if (!verdict.inputs().equals(said.inputs())) {
          different.add(
              "%s: what %s was measured by was changed afterwards".formatted(day, said.id()));
        }
      }
    }
    return different;
  }

  /** The published file. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("format", "counterfoil-promises-1")
        .put("promises", promises.stream().map(Promise::toJson).toList())
        .put("observed", observed.toJson())
        .put("evaluations", evaluations.stream().map(PromiseRecord::json).toList())
        .build();
  }

  private static JsonObject json(Evaluation evaluation) {
    return JsonObject.builder()
        .put("as_of", evaluation.asOf())
        .put("said", evaluation.said().stream().map(Said::toJson).toList())
        .put("signed", evaluation.signed().map(SignedDisclosure::text).orElse(null))
        .build();
  }

  /**
   * Reads what {@link #toJson} writes.
   *
   * @throws FormatException naming the member that is wrong
   */
  public static PromiseRecord parse(byte[] file) throws FormatException {
    JsonObject json = StrictJson.object(file, PublicHistory.BYTES_MAX);
    if (!json.string("format").equals("counterfoil-promises-1")) {
      throw new FormatException("is no record of promises, or of a later version");
    }
    List<Promise> promises = new ArrayList<>();
    for (JsonObject promise : json.objects("promises")) {
      promises.add(Promise.of(promise));
    }
    List<Evaluation> evaluations = new ArrayList<>();
    for (JsonObject evaluation : json.objects("evaluations")) {
      List<Said> said = new ArrayList<>();
      for (JsonObject one : evaluation.objects("said")) {
        said.add(Said.of(one));
      }
      Optional<String> signed = evaluation.optionalString("signed");
      evaluations.add(
          new Evaluation(
              PublicHistory.time(evaluation, "as_of"),
              said,
              signed.isEmpty()
                  ? Optional.empty()
                  : Optional.of(
                      SignedDisclosure.parse(signed.get().getBytes(StandardCharsets.UTF_8)))));
    }
    if (evaluations.size() > EVALUATIONS_MAX) {
      throw new FormatException("has more than " + EVALUATIONS_MAX + " evaluations");
    }
    return new PromiseRecord(promises, PublicHistory.of(json.object("observed")), evaluations);
  }
}
