package dev.counterfoil.custodian.check;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SharedProof;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How many of a tenant's tokens lie below the position from which on an export goes, as the
 * custodian states (spec/audit-bundle.md): without it whoever hands the export on could leave out
 * some and say that they were in the one before.
 *
 * @param json {@code since} of a log's line
 * @param tenant whose they are
 * @param from the position
 * @param count how many lie below it
 */
record EarlierCount(JsonObject json, String tenant, long from, long count) {
  /** Reads what a log's line says of it. */
  static EarlierCount read(JsonObject line, String tenant, long from) throws FormatException {
    JsonObject since =
        line.optionalObject("since")
            .orElseThrow(
                () ->
                    new FormatException(
                        "nothing shows how many tokens lie below position " + from));
    since.allowOnly("statement", "count", "salt", "index", "path", "log");
    return new EarlierCount(since, tenant, from, since.number("count"));
  }

  /**
   * What is wrong: the count is not stated, or is of another state than the one of that position
   * from which the log goes on, or with the tokens that came there are fewer or more than stated.
   *
   * @param verdict on those tokens
   */
  Optional<String> fault(NoteKey log, CosignerKey custodian, TenantCheck.Verdict verdict) {
    Optional<Checkpoint> head = verdict.head();
    if (head.isEmpty()) {
      return Optional.empty();
    }
    try {
      CustodyStatement statement =
          CustodyStatement.verify(
              json.string("statement").getBytes(StandardCharsets.UTF_8), log.name(), custodian);
      if (statement.checkpoint().size() != from
          || !SharedProof.goesOn(statement.checkpoint(), head.get(), log())) {
        return Optional.of("the log does not go on from the state that the custodian counted to");
      }
      if (!TenantCheck.isStated(statement, json, tenant, count)) {
        return Optional.of(
            "the count %d below position %d is not the one that the custodian stated"
                .formatted(count, from));
      }
    } catch (FormatException | IllegalArgumentException e) {
      return Optional.of("the count below position " + from + " is no good: " + e.getMessage());
    }
    long here = verdict.proved() + verdict.shredded();
    return here == verdict.stated() - count
        ? Optional.empty()
        : Optional.of(
            "the custodian states %d counterfoils, %d of them below position %d, and %d are proved"
                .formatted(verdict.stated(), count, from, here));
  }

  private List<Hash> log() throws FormatException {
    List<Hash> hashes = new ArrayList<>();
    for (String text : json.strings("log")) {
      hashes.add(Hash.parseBase64(text));
    }
    return hashes;
  }
}
