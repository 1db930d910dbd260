package dev.counterfoil.disclosure.desk;

import dev.counterfoil.disclosure.clocks.RunningClocks.DueStage;
import dev.counterfoil.disclosure.record.DisclosureRecord;
import dev.counterfoil.disclosure.record.IncidentRecord;
import dev.counterfoil.disclosure.record.NoticeState;
import dev.counterfoil.disclosure.record.Question;
import dev.counterfoil.disclosure.record.RecordKind;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * What a tenant's people see and say through the console: the notices to their tenant, and nothing
 * of another's. Their tenant is the one that the console names; it has a socket of its own, on
 * which operators read and approve, and nothing is published.
 */
final class TenantDesk {
  private static final int PERSON_MAX = 200;
  private static final int TEXT_MAX = 4_000;

  /** So many questions of a tenant wait at one time. */
  private static final int OPEN_MAX = 20;

  private static final int NOTICES_MAX = 50;
  private static final int LINES_MAX = 100;

  private final DisclosureRecord record;
  private final String place;
  private final InstantSource clock;

  TenantDesk(DisclosureRecord record, String place, InstantSource clock) {
    this.record = record;
    this.place = place;
    this.clock = clock;
  }

  /**
   * Carries a command of the console out.
   *
   * @param by the console's user, by the kernel's word
   */
  Answer carryOut(String command, JsonObject arguments, String by)
      throws FormatException, IOException {
    return switch (command) {
      case "tenant-notices" -> notices(arguments.string("tenant"));
      case "tenant-acknowledge" -> acknowledge(arguments, by);
      case "tenant-ask" -> ask(arguments, by);
      default -> new Answer.Refused(Code.UNKNOWN, "there is no such command for the console");
    };
  }

  private record Own(IncidentRecord incident, NoticeState notice) {}

  private List<Own> of(String tenant) {
    return record.incidents().reversed().stream()
        .flatMap(
            one ->
                one.notices().reversed().stream()
                    .filter(notice -> notice.notice().tenant().equals(tenant))
                    .map(notice -> new Own(one, notice)))
        .limit(NOTICES_MAX)
        .toList();
  }

  private Own own(JsonObject arguments) throws FormatException {
    String code = arguments.string("code");
    // One of another tenant's is as unknown as one that there is none of.
    return of(arguments.string("tenant")).stream()
        .filter(one -> one.notice().code().equals(code))
        .findFirst()
        .orElseThrow(() -> new FormatException("this tenant has no notice of this code"));
  }

  private Answer notices(String tenant) {
    return DisclosureDesk.done(
        JsonObject.builder()
            .put("place", place)
            .put("notices", of(tenant).stream().map(this::shown).toList())
            .build());
  }

  private JsonObject shown(Own own) {
    var notice = own.notice().notice();
    return JsonObject.builder()
        .put("code", own.notice().code())
        .put("incident", notice.incident())
        .put("at_ms", notice.issuedAt().toEpochMilli())
        .put(
            "replaced_by",
            own.incident().replacement(own.notice()).map(NoticeState::code).orElse(null))
        .put("advice", notice.advice())
        .put(
            "accounts",
            notice.affected().stream().limit(LINES_MAX).map(one -> one.toJson()).toList())
        .put("accounts_count", notice.affected().size())
        .put("touched", notice.details().touched().stream().limit(LINES_MAX).toList())
        .put("evidence", notice.details().evidence().stream().limit(LINES_MAX).toList())
        .put("not_known", notice.details().notKnown().stream().limit(LINES_MAX).toList())
        .put("keys", notice.keys().stream().limit(LINES_MAX).toList())
        .put("next_word_ms", notice.details().nextWordAt().map(at -> at.toEpochMilli()).orElse(0L))
        .put("acknowledged_by", own.notice().acknowledgedBy().orElse(null))
        .put("questions", questions(own))
        .build();
  }

  private static List<JsonObject> questions(Own own) {
    return own.incident().questions().stream()
        .filter(one -> one.notice().equals(own.notice().code()))
        .map(
            one ->
                JsonObject.builder()
                    .put("text", one.text())
                    .put("person", one.person())
                    .put("at_ms", one.at().toEpochMilli())
                    .put("due_ms", one.due().toEpochMilli())
                    .put("answer", one.answer().orElse(null))
                    .build())
        .toList();
  }

  /** The person whom a member names. */
  static String named(JsonObject arguments, String member) throws FormatException {
    String person = arguments.string(member);
    if (person.isBlank() || person.length() > PERSON_MAX) {
      throw new FormatException("name the person, in at most " + PERSON_MAX + " characters");
    }
    return person;
  }

  private Answer acknowledge(JsonObject arguments, String by) throws FormatException, IOException {
    Own own = own(arguments);
    String person = named(arguments, "person");
    if (own.notice().notice().affects(arguments.string("subject"))
        || own.notice().notice().affects(person)) {
      // The attacker may hold this account: its word must not stop the escalation.
      return new Answer.Refused(
          Code.NOT_ALLOWED,
          "the notice names this account as affected: another person of the tenant confirms it");
    }
    if (own.notice().acknowledgedAt().isEmpty()) {
      record.add(
          RecordKind.ACKNOWLEDGED,
          own.incident().id(),
          clock.instant(),
          by,
          JsonObject.builder()
              .put("notice", own.notice().code())
              .put("person", person)
              .put("how", "console")
              .build(),
          Optional.empty());
    }
    return DisclosureDesk.done(JsonObject.builder().put("code", own.notice().code()).build());
  }

  private Answer ask(JsonObject arguments, String by) throws FormatException, IOException {
    Own own = own(arguments);
    String person = named(arguments, "person");
    String text = arguments.string("text");
    if (text.isBlank() || text.length() > TEXT_MAX) {
      throw new FormatException("a question has at most " + TEXT_MAX + " characters");
    }
    long waiting =
        record.incidents().stream()
            .flatMap(one -> one.questions().stream())
            .filter(one -> one.tenant().equals(own.notice().notice().tenant()))
            .filter(one -> one.answer().isEmpty())
            .count();
    if (waiting >= OPEN_MAX) {
      return new Answer.Refused(Code.CONFLICT, OPEN_MAX + " questions wait for an answer already");
    }
    record.add(
        RecordKind.QUESTION,
        own.incident().id(),
        clock.instant(),
        by,
        JsonObject.builder()
            .put("notice", own.notice().code())
            .put("person", person)
            .put("text", text)
            .build(),
        Optional.empty());
    return DisclosureDesk.done(JsonObject.builder().put("code", own.notice().code()).build());
  }

  /** An operator's answer. */
  Answer answer(JsonObject arguments, String by) throws FormatException, IOException {
    long position = arguments.number("question");
    String text = arguments.string("text");
    if (text.isBlank() || text.length() > TEXT_MAX) {
      throw new FormatException("an answer has at most " + TEXT_MAX + " characters");
    }
    for (IncidentRecord one : record.incidents()) {
      for (Question question : one.questions()) {
        if (question.position() == position) {
          record.add(
              RecordKind.ANSWER,
              one.id(),
              clock.instant(),
              by,
              JsonObject.builder().put("question", position).put("text", text).build(),
              Optional.empty());
          return DisclosureDesk.done(JsonObject.builder().put("question", position).build());
        }
      }
    }
    throw new FormatException("no question has this number: see counterfoil notice questions");
  }

  /** All questions, for operators. */
  Answer questions() {
    return DisclosureDesk.done(
        JsonObject.builder()
            .put(
                "questions",
                record.incidents().stream()
                    .flatMap(one -> one.questions().stream())
                    .map(
                        one ->
                            JsonObject.builder()
                                .put("question", one.position())
                                .put("notice", one.notice())
                                .put("tenant", one.tenant())
                                .put("person", one.person())
                                .put("text", one.text())
                                .put("due", one.due().toString())
                                .put("answer", one.answer().orElse(null))
                                .build())
                    .toList())
            .build());
  }

  /** Which are due. */
  static List<DueStage> clocks(IncidentRecord one) {
    return one.questions().stream()
        .filter(question -> question.answer().isEmpty())
        .map(
            question ->
                new DueStage(
                    one.id(),
                    "question",
                    Long.toString(question.position()),
                    question.due(),
                    "tenant " + question.tenant(),
                    "counterfoil notice answer " + question.position(),
                    List.of(),
                    "asked by " + question.person() + " at " + question.at()))
        .toList();
  }
}
