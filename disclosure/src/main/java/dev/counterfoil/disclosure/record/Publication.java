package dev.counterfoil.disclosure.record;

import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/**
 * A version of the public statement.
 *
 * @param position of its entry, for the receipt
 * @param at when it was published
 * @param approvers who approved it, the publisher last
 * @param incident who and what was touched, as it was approved
 * @param statement what it says
 * @param signed how it was signed, without its receipt
 */
public record Publication(
    long position,
    Instant at,
    List<String> approvers,
    AffectedIncident incident,
    PublicStatement statement,
    SignedDisclosure signed) {
  public Publication {
    approvers = List.copyOf(approvers);
  }

  /** What is recorded of one. */
  public static JsonObject body(
      List<String> approvers, PublicStatement statement, SignedDisclosure signed) {
    return JsonObject.builder()
        .put("approvers", approvers)
        .put("statement", statement.toJson())
        .put("signed", signed.text())
        .build();
  }

  static Publication of(RecordEntry entry, AffectedIncident incident) throws FormatException {
    return new Publication(
        entry.position(),
        entry.at(),
        entry.body().strings("approvers"),
        incident,
        PublicStatement.parse(entry.body().object("statement")),
        SignedDisclosure.parse(entry.body().string("signed").getBytes(StandardCharsets.UTF_8)));
  }
}
