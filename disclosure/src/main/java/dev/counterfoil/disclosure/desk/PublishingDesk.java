package dev.counterfoil.disclosure.desk;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.DisclosureException;
import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.disclosure.clocks.ClockPack;
import dev.counterfoil.disclosure.clocks.ClockRule;
import dev.counterfoil.disclosure.clocks.ClockStage;
import dev.counterfoil.disclosure.clocks.RunningClocks;
import dev.counterfoil.disclosure.clocks.RunningClocks.DueStage;
import dev.counterfoil.disclosure.documents.Contradictions;
import dev.counterfoil.disclosure.documents.Contradictions.Contradiction;
import dev.counterfoil.disclosure.documents.Draft;
import dev.counterfoil.disclosure.documents.StatementDocuments;
import dev.counterfoil.disclosure.documents.StatementDocuments.Standing;
import dev.counterfoil.disclosure.record.ClaimRules;
import dev.counterfoil.disclosure.record.ClaimVersion;
import dev.counterfoil.disclosure.record.DisclosureRecord;
import dev.counterfoil.disclosure.record.IncidentRecord;
import dev.counterfoil.disclosure.record.NoticeState;
import dev.counterfoil.disclosure.record.Publication;
import dev.counterfoil.disclosure.record.RecordEntry;
import dev.counterfoil.disclosure.record.RecordKind;
import dev.counterfoil.disclosure.victims.NoticeMaker;
import dev.counterfoil.disclosure.victims.NoticeText;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.clock.TimedPause;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Drafts, approvals, publications, notices: the part of the desk that others read. */
final class PublishingDesk {
  /** Begins the name of a person of the console; no Unix user's name has a colon. */
  static final String PERSON = "person:";

  /** A review becomes overdue by itself, and is shown so. */
  private static final Duration LOOK_AGAIN_AFTER = Duration.ofMinutes(1);

  private final DisclosureRecord record;
  private final OwnKeys keys;
  private final DisclosureConfiguration configuration;
  private final String domain;
  private final InstantSource clock;
  private final PublicPages pages;
  private int followedEntries = -1;
  private TimedPause sinceFollowed = TimedPause.OVER;

  PublishingDesk(
      DisclosureRecord record,
      OwnKeys keys,
      DisclosureConfiguration configuration,
      String domain,
      InstantSource clock) {
    this.record = record;
    this.keys = keys;
    this.configuration = configuration;
    this.domain = domain;
    this.clock = clock;
    this.pages = new PublicPages(configuration.publicFolder(), domain);
  }

  /**
   * Does what follows from the record, where something was recorded since and every minute: a step
   * without anything new reads no file.
   */
  void followUp() throws IOException, DisclosureException {
    Instant now = clock.instant();
    if (record.log().size() == followedEntries && !sinceFollowed.isOver(now)) {
      return;
    }
    makeMissingNotices();
    writePages();
    followedEntries = record.log().size();
    sinceFollowed = TimedPause.from(now, LOOK_AGAIN_AFTER);
  }

  /** The address that tenants know. */
  String place() {
    return configuration.publicAddress();
  }

  /** Trust domain that it speaks for. */
  String domain() {
    return domain;
  }

  /** Writes the published files, which follow from the record. */
  void writePages() throws IOException {
    pages.write(record, keys, clock.instant());
  }

  /** What is due for one incident: rules, corrections, and notices that nobody acknowledged. */
  List<DueStage> clocks(IncidentRecord one, List<ClockPack> packs) {
    List<DueStage> due = new ArrayList<>(RunningClocks.of(one, packs, clock.instant()));
    due.addAll(HoldDesk.clocks(one, clock.instant()));
    due.addAll(TenantDesk.clocks(one));
    Duration after = configuration.escalateAfter();
    for (NoticeState notice : one.notices()) {
      if (notice.acknowledgedAt().isEmpty() && one.replacement(notice).isEmpty()) {
        due.add(
            new DueStage(
                one.id(),
                "notice",
                notice.code(),
                notice.notice().issuedAt().plus(after),
                "tenant " + notice.notice().tenant(),
                "a person acknowledges: counterfoil notice acknowledge " + notice.code(),
                List.of(),
                "sent on " + String.join(", ", notice.sent().keySet().stream().sorted().toList())));
      }
    }
    return due;
  }

  private List<String> objections(IncidentRecord one, Draft draft) {
    List<String> objections = new ArrayList<>(ClaimRules.publishing(one, clock.instant()));
    for (String name : Draft.NEEDED) {
      if (draft.text(name).isBlank()) {
        objections.add(
            "text %s is missing: counterfoil statement draft %s --set %s=TEXT"
                .formatted(name, one.id(), name));
      }
    }
    if (draft.nextWordAt().filter(at -> at.isAfter(clock.instant())).isEmpty()) {
      objections.add("text next-word is no time in the future, such as 2026-12-01T09:00:00Z");
    }
    Contradictions.of(draft).forEach(found -> objections.add(found.toString()));
    return objections;
  }

  JsonObject draft(IncidentRecord one, JsonObject arguments, List<ClockPack> packs)
      throws FormatException {
    Draft draft = Draft.of(one);
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Standing standing = new Standing(domain, now, "(not signed yet)", Optional.empty(), now);
    String document = arguments.optionalString("document").orElse("text");
    String[] form = document.split("/", -1);
    String text =
        switch (form[0]) {
          case "text" -> StatementDocuments.text(draft, standing);
          case "html" -> StatementDocuments.html(draft, standing);
          case "brief" -> StatementDocuments.brief(draft, clocks(one, packs));
          case "notices" -> notices(draft, now, _ -> true);
          case "notice" -> notices(draft, now, tenant -> document.equals("notice/" + tenant));
          case "form" -> form(form, draft, packs);
          default ->
              throw new FormatException(
                  "a document is text, html, brief, notices, notice/TENANT or form/RULE/STAGE");
        };
    if (form[0].equals("notice") && text.isEmpty()) {
      throw new FormatException("there is no such notice: notice/TENANT, of an affected tenant");
    }
    return JsonObject.builder()
        .put("incident", one.id())
        .put("draft", draft.digest())
        .put("version", draft.version())
        .put("document", document)
        .put("content", text)
        .put("objections", objections(one, draft))
        .put("approved_by", one.approvers(draft.digest()))
        .build();
  }

  private String notices(Draft draft, Instant now, Predicate<String> tenants) {
    StringBuilder out = new StringBuilder();
    for (TheftNotice notice : NoticeMaker.of(draft, draft.version(), domain, List.of(), now)) {
      if (tenants.test(notice.tenant())) {
        out.append("== ").append(notice.tenant()).append('\n');
        out.append(NoticeText.of(notice, "(not signed yet)", configuration.publicAddress(), "en"));
      }
    }
    return out.toString();
  }

  /** What can be made of a draft now: the public text, a notice for each tenant, what is due. */
  List<String> documents(IncidentRecord one, List<DueStage> due, List<ClockPack> packs) {
    List<String> documents = new ArrayList<>(List.of("text", "brief"));
    one.incident().tenants().keySet().forEach(tenant -> documents.add("notice/" + tenant));
    due.stream()
        .filter(
            stage ->
                ClockPack.rule(packs, stage.rule())
                    .filter(rule -> rule.hasStage(stage.stage()))
                    .isPresent())
        .map(stage -> "form/" + stage.rule() + "/" + stage.stage())
        .distinct()
        .forEach(documents::add);
    return List.copyOf(documents);
  }

  private static String form(String[] parts, Draft draft, List<ClockPack> packs)
      throws FormatException {
    if (parts.length == 3) {
      Optional<ClockRule> rule = ClockPack.rule(packs, parts[1]);
      for (ClockStage stage : rule.map(ClockRule::stages).orElse(List.of())) {
        if (stage.id().equals(parts[2])) {
          return StatementDocuments.form(rule.orElseThrow(), stage, draft);
        }
      }
    }
    throw new FormatException("there is no such form: form/RULE/STAGE, see counterfoil clocks");
  }

  Answer check(IncidentRecord one, JsonObject arguments) throws FormatException {
    Draft draft = Draft.of(one);
    Optional<String> text = arguments.optionalString("text");
    List<String> objections =
        text.isEmpty()
            ? objections(one, draft)
            : Contradictions.inDocument(arguments.string("name"), text.get(), draft).stream()
                .map(Contradiction::toString)
                .toList();
    return DisclosureDesk.done(
        JsonObject.builder().put("draft", draft.digest()).put("objections", objections).build());
  }

  Answer approve(IncidentRecord one, JsonObject arguments, String by)
      throws FormatException, IOException {
    Draft draft = Draft.of(one);
    if (!draft.digest().equals(arguments.string("draft"))) {
      return new Answer.Refused(
          Code.OUTDATED,
          "the draft was changed since you read it: read it again, and approve that");
    }
    if (!one.approvers(draft.digest()).contains(by)) {
      record.add(
          RecordKind.APPROVAL,
          one.id(),
          clock.instant(),
          by,
          JsonObject.builder().put("draft", draft.digest()).build(),
          Optional.empty());
    }
    return DisclosureDesk.done(
        JsonObject.builder()
            .put("draft", draft.digest())
            .put("approved_by", one.approvers(draft.digest()))
            .build());
  }

  /** Why an operator may not send this draft out; empty where nothing is in the way. */
  private Optional<Answer.Refused> refusal(
      IncidentRecord one, Draft draft, JsonObject arguments, String by) throws FormatException {
    if (!draft.digest().equals(arguments.string("draft"))) {
      return Optional.of(
          new Answer.Refused(
              Code.OUTDATED, "the draft was changed since it was read: read it again"));
    }
    Optional<Answer.Refused> held = HoldDesk.refusal(one, clock.instant());
    if (held.isPresent()) {
      return held;
    }
    List<String> objections = objections(one, draft);
    if (!objections.isEmpty()) {
      return Optional.of(
          new Answer.Refused(
              Code.CONFLICT, "it is not published: " + String.join("; ", objections)));
    }
    if (configuration.secondPerson() && !hasSecond(one.approvers(draft.digest()), by)) {
      return Optional.of(
          new Answer.Refused(
              Code.NOT_ALLOWED,
              "it waits for a second person. Another operator runs: counterfoil statement approve %s. Or two approve it at the console"
                  .formatted(one.id())));
    }
    return Optional.empty();
  }

  /**
   * Whether another person stands behind a draft than the one who sends it out. That one may have
   * approved it at the console, under the name of a person: of these it takes two.
   */
  private static boolean hasSecond(List<String> approvers, String by) {
    long people = approvers.stream().filter(one -> one.startsWith(PERSON)).count();
    return people > 1
        || approvers.stream().anyMatch(one -> !one.startsWith(PERSON) && !one.equals(by));
  }

  Answer publish(IncidentRecord one, JsonObject arguments, String by)
      throws FormatException, IOException, DisclosureException {
    Draft draft = Draft.of(one);
    Optional<Answer.Refused> refusal = refusal(one, draft, arguments, by);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    PublicStatement statement = statement(one, draft, now);
    SignedDisclosure signed = keys.sign(PublicStatement.TYPE, statement.toJson(), now);
    List<String> approvers = new ArrayList<>(one.approvers(draft.digest()));
    approvers.remove(by);
    approvers.add(by);
    RecordEntry entry =
        record.add(
            RecordKind.PUBLICATION,
            one.id(),
            clock.instant(),
            by,
            Publication.body(approvers, statement, signed),
            Optional.of(signed.digest()));
    // It is published from here on: what fails below is done again at the next step or start.
    List<String> corrected = new ArrayList<>();
    if (!one.notices().isEmpty()) {
      corrected.addAll(
          makeNotices(one, Draft.of(one.publications().getLast()), one.publications().size(), by));
    }
    writePages();
    return DisclosureDesk.done(
        JsonObject.builder()
            .put("incident", one.id())
            .put("version", statement.version())
            .put("check_code", signed.checkCode())
            .put("position", entry.position())
            .put("notices", corrected)
            .put(
                "place",
                configuration.publicAddress() + "/incidents/" + PublicPages.fileName(one.id()))
            .build());
  }

  private PublicStatement statement(IncidentRecord one, Draft draft, Instant now)
      throws DisclosureException {
    List<Claim> claims = draft.claims().stream().map(ClaimVersion::claim).toList();
    if (one.publications().isEmpty()) {
      return new PublicStatement(
          one.id(),
          domain,
          1,
          Optional.empty(),
          now,
          claims,
          draft.corrections(),
          Optional.of(draft.counts()),
          draft.published());
    }
    Publication last = one.publications().getLast();
    return last.statement()
        .next(
            last.signed(),
            now,
            claims,
            draft.corrections(),
            Optional.of(draft.counts()),
            draft.published());
  }

  Answer notifyVictims(IncidentRecord one, JsonObject arguments, String by)
      throws FormatException, IOException, DisclosureException {
    boolean isPublished = !one.publications().isEmpty();
    Draft draft = Draft.of(one);
    if (!isPublished || !arguments.string("draft").isEmpty()) {
      Optional<Answer.Refused> refusal = refusal(one, draft, arguments, by);
      if (refusal.isPresent()) {
        return refusal.get();
      }
    } else {
      Optional<Answer.Refused> held = HoldDesk.refusal(one, clock.instant());
      if (held.isPresent()) {
        return held.get();
      }
      draft = Draft.of(one.publications().getLast());
    }
    // What an unpublished draft says stands for no version: that one is told as well.
    List<String> made = makeNotices(one, draft, one.publications().size(), by);
    writePages();
    return DisclosureDesk.done(
        JsonObject.builder().put("incident", one.id()).put("notices", made).build());
  }

  /** Corrections for those who have a notice, where a crash came behind their publication. */
  void makeMissingNotices() throws IOException, DisclosureException {
    for (IncidentRecord one : record.incidents()) {
      if (one.publications().isEmpty()
          || one.notices().isEmpty()
          || one.heldBack(clock.instant()).isPresent()) {
        continue;
      }
      Publication last = one.publications().getLast();
      // Who has none yet is told when two people want it.
      Set<String> told =
          one.notices().stream()
              .map(notice -> notice.notice().tenant())
              .collect(Collectors.toUnmodifiableSet());
      makeNotices(
          one,
          Draft.of(last),
          one.publications().size(),
          last.approvers().getLast(),
          told::contains);
    }
  }

  private List<String> makeNotices(IncidentRecord one, Draft draft, long version, String by)
      throws IOException, DisclosureException {
    return makeNotices(one, draft, version, by, _ -> true);
  }

  private List<String> makeNotices(
      IncidentRecord one, Draft draft, long version, String by, Predicate<String> tenants)
      throws IOException, DisclosureException {
    List<String> made = new ArrayList<>();
    Instant now = clock.instant();
    for (TheftNotice notice : NoticeMaker.of(draft, version, domain, one.notices(), now)) {
      if (!tenants.test(notice.tenant())) {
        continue;
      }
      SignedDisclosure signed = keys.sign(TheftNotice.TYPE, notice.toJson(), now);
      record.add(
          RecordKind.NOTICE,
          one.id(),
          now,
          by,
          JsonObject.builder().put("notice", notice.toJson()).put("signed", signed.text()).build(),
          Optional.of(signed.digest()));
      made.add(signed.checkCode());
    }
    return made;
  }

  Answer notices(IncidentRecord one) {
    List<JsonObject> shown = new ArrayList<>();
    long reached = 0;
    for (NoticeState notice : one.notices()) {
      reached += notice.acknowledgedAt().isPresent() ? 1 : 0;
      shown.add(
          JsonObject.builder()
              .put("code", notice.code())
              .put("tenant", notice.notice().tenant())
              .put("statement", notice.notice().details().statement())
              .put("at", notice.notice().issuedAt().toString())
              .put("sent", notice.sent().keySet().stream().sorted().toList())
              .put(
                  "failing",
                  notice.failures().entrySet().stream()
                      .filter(failed -> !notice.sent().containsKey(failed.getKey()))
                      .map(failed -> failed.getKey() + ": " + failed.getValue().why())
                      .sorted()
                      .toList())
              .put("acknowledged_by", notice.acknowledgedBy().orElse(null))
              .build());
    }
    return DisclosureDesk.done(
        JsonObject.builder()
            .put("incident", one.id())
            .put("notices", shown)
            .put("acknowledged", reached)
            .build());
  }

  /** A notice as its tenant gets it. */
  Answer file(JsonObject arguments) throws FormatException, IOException {
    NoticeState notice = notice(arguments.string("code"));
    return DisclosureDesk.done(JsonObject.builder().put("file", file(notice).text()).build());
  }

  SignedDisclosure file(NoticeState notice) throws IOException {
    return notice.signed().with(record.log().receipt(notice.position()));
  }

  private NoticeState notice(String code) throws FormatException {
    return record.incidents().stream()
        .flatMap(one -> one.notice(code).stream())
        .findFirst()
        .orElseThrow(() -> new FormatException("no notice has this code"));
  }

  Answer acknowledge(JsonObject arguments, String by) throws FormatException, IOException {
    NoticeState notice = notice(arguments.string("code"));
    String person = TenantDesk.named(arguments, "person");
    if (notice.acknowledgedAt().isEmpty()) {
      record.add(
          RecordKind.ACKNOWLEDGED,
          notice.notice().incident(),
          clock.instant(),
          by,
          JsonObject.builder()
              .put("notice", notice.code())
              .put("person", person)
              .put("how", arguments.optionalString("how").orElse(""))
              .build(),
          Optional.empty());
    }
    return DisclosureDesk.done(
        JsonObject.builder()
            .put("code", notice.code())
            .put("tenant", notice.notice().tenant())
            .build());
  }
}
