package dev.counterfoil.disclosure.record;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.Correction;
import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the log says of one incident: a fold over its entries, without any decision of its own.
 * Belongs to one thread.
 */
public final class IncidentRecord {
  private final String id;
  private @Nullable AffectedIncident incident;
  private final Map<String, List<ClaimVersion>> claims = new LinkedHashMap<>();
  private final Map<String, Instant> withdrawnEvidence = new TreeMap<>();
  private final Map<String, String> texts = new TreeMap<>();
  private final Map<String, String> textAuthors = new HashMap<>();
  private final Map<String, Set<String>> approvals = new HashMap<>();
  private final List<Publication> publications = new ArrayList<>();
  private final List<ClockDecision> clocks = new ArrayList<>();
  private final Map<String, NoticeState> notices = new LinkedHashMap<>();
  private final Map<Long, Question> questions = new LinkedHashMap<>();
  private final Map<Long, Hold> holds = new LinkedHashMap<>();

  IncidentRecord(String id) {
    this.id = id;
  }

  void apply(RecordEntry entry) throws FormatException {
    JsonObject body = entry.body();
    switch (entry.kind()) {
      case INCIDENT -> incident = AffectedIncident.parse(body);
      case CLAIM -> {
        ClaimVersion version = ClaimVersion.of(entry);
        claims.computeIfAbsent(version.claim().id(), _ -> new ArrayList<>()).add(version);
      }
      case EVIDENCE -> withdrawnEvidence.putIfAbsent(body.string("evidence"), entry.at());
      case TEXTS -> {
        Map<String, String> written = PublicStatement.texts(body);
        texts.putAll(written);
        written.keySet().forEach(name -> textAuthors.put(name, entry.by()));
      }
      case APPROVAL ->
          approvals
              .computeIfAbsent(body.string("draft"), _ -> new LinkedHashSet<>())
              .add(entry.by());
      case PUBLICATION -> publications.add(Publication.of(entry, incident()));
      case CLOCK -> clocks.add(ClockDecision.of(entry));
      case NOTICE -> notice(entry);
      case SENT -> sent(entry);
      case ACKNOWLEDGED -> acknowledged(entry);
      case QUESTION ->
          questions.put(
              entry.position(),
              new Question(
                  entry.position(),
                  body.string("notice"),
                  known(body.string("notice")).notice().tenant(),
                  body.string("person"),
                  body.string("text"),
                  entry.at(),
                  Optional.empty()));
      case ANSWER -> answered(entry);
      case HOLD -> holds.put(entry.position(), Hold.of(entry));
      case HOLD_DECISION -> {
        Hold before = holds.get(body.number("hold"));
        if (before == null) {
          throw new FormatException("a decision is about a hold that there is none of");
        }
        holds.put(before.position(), before.decided(entry));
      }
      case PAGED, PROMISES, WEAKNESS, WEAKNESS_MOVE ->
          throw new FormatException("an entry that is of no incident");
    }
  }

  private void notice(RecordEntry entry) throws FormatException {
    SignedDisclosure signed =
        SignedDisclosure.parse(entry.body().string("signed").getBytes(StandardCharsets.UTF_8));
    NoticeState state =
        new NoticeState(
            entry.position(),
            TheftNotice.parse(entry.body().object("notice")),
            signed,
            Map.of(),
            Map.of(),
            Optional.empty(),
            Optional.empty());
    notices.put(state.code(), state);
  }

  private NoticeState known(String code) throws FormatException {
    NoticeState state = notices.get(code);
    if (state == null) {
      throw new FormatException("an entry is of a notice that there is none of");
    }
    return state;
  }

  private void sent(RecordEntry entry) throws FormatException {
    NoticeState before = known(entry.body().string("notice"));
    String channel = entry.body().string("channel");
    Optional<String> failed = entry.body().optionalString("failed");
    Map<String, Instant> sent = new TreeMap<>(before.sent());
    Map<String, NoticeState.Failure> failures = new TreeMap<>(before.failures());
    if (failed.isEmpty()) {
      sent.put(channel, entry.at());
    } else {
      long count = failures.containsKey(channel) ? failures.get(channel).count() : 0;
      failures.put(channel, new NoticeState.Failure(count + 1, entry.at(), failed.get()));
    }
    notices.put(
        before.code(),
        new NoticeState(
            before.position(),
            before.notice(),
            before.signed(),
            sent,
            failures,
            before.acknowledgedBy(),
            before.acknowledgedAt()));
  }

  private void acknowledged(RecordEntry entry) throws FormatException {
    NoticeState before = known(entry.body().string("notice"));
    notices.put(
        before.code(),
        new NoticeState(
            before.position(),
            before.notice(),
            before.signed(),
            before.sent(),
            before.failures(),
            Optional.of(entry.body().string("person")),
            Optional.of(entry.at())));
  }

  private void answered(RecordEntry entry) throws FormatException {
    Question one = questions.get(entry.body().number("question"));
    if (one == null) {
      throw new FormatException("an answer is to a question that there is none of");
    }
    questions.put(
        one.position(),
        new Question(
            one.position(),
            one.notice(),
            one.tenant(),
            one.person(),
            one.text(),
            one.at(),
            Optional.of(entry.body().string("text"))));
  }

  /** What tenants asked, the first first. */
  public List<Question> questions() {
    return List.copyOf(questions.values());
  }

  /** Decisions not to disclose yet, the first first. */
  public List<Hold> holds() {
    return List.copyOf(holds.values());
  }

  /** The one that is in force; empty where nothing is held back. */
  public Optional<Hold> heldBack(Instant now) {
    return holds.values().stream().filter(hold -> hold.isInForce(now)).findFirst();
  }

  /** Its name: the monitor's number. */
  public String id() {
    return id;
  }

  /** The incident as the monitor told it last. */
  public AffectedIncident incident() {
    return Objects.requireNonNull(incident, "every record begins with its incident");
  }

  /** The last version of each claim, in the order in which they were made. */
  public List<ClaimVersion> claims() {
    return claims.values().stream().map(List::getLast).toList();
  }

  /** All versions of a claim. */
  public List<ClaimVersion> history(String claim) {
    return List.copyOf(claims.getOrDefault(claim, List.of()));
  }

  /** A claim that is not there yet has version 0. */
  public long version(String claim) {
    return history(claim).size();
  }

  /** The corrections, in the order in which they were made. */
  public List<Correction> corrections() {
    return claims.values().stream()
        .flatMap(List::stream)
        .filter(version -> version.correction().isPresent())
        .sorted((one, other) -> one.at().compareTo(other.at()))
        .map(version -> version.correction().orElseThrow())
        .toList();
  }

  /** Evidence that was withdrawn, and when. */
  public Map<String, Instant> withdrawnEvidence() {
    return Map.copyOf(withdrawnEvidence);
  }

  /** Texts that go around the claims. */
  public Map<String, String> texts() {
    return Map.copyOf(texts);
  }

  /** Who wrote a text last; empty where nobody did. */
  public Optional<String> textAuthor(String name) {
    return Optional.ofNullable(textAuthors.get(name));
  }

  /** Who approved a draft, by its digest. */
  public List<String> approvers(String draft) {
    return List.copyOf(approvals.getOrDefault(draft, Set.of()));
  }

  /** What was published, the first first. */
  public List<Publication> publications() {
    return List.copyOf(publications);
  }

  /** When a claim was first published; empty where it never was. */
  public Optional<Instant> firstPublished(String claim) {
    return publications.stream()
        .filter(one -> one.statement().claim(claim).isPresent())
        .map(Publication::at)
        .findFirst();
  }

  /** A claim as the last publication has it. */
  public Optional<Claim> published(String claim) {
    return lastStatement().flatMap(statement -> statement.claim(claim));
  }

  /** What was published last. */
  public Optional<PublicStatement> lastStatement() {
    return publications.isEmpty()
        ? Optional.empty()
        : Optional.of(publications.getLast().statement());
  }

  /** Decisions about clocks, in their order. */
  public List<ClockDecision> clocks() {
    return List.copyOf(clocks);
  }

  /** All notices, in the order in which they were made. */
  public List<NoticeState> notices() {
    return List.copyOf(notices.values());
  }

  /** The tenant's newest notice, where that is a later one than this. */
  public Optional<NoticeState> replacement(NoticeState notice) {
    return notices.values().stream()
        .filter(one -> one.notice().tenant().equals(notice.notice().tenant()))
        .filter(one -> one.position() > notice.position())
        .reduce((_, later) -> later);
  }

  /** A notice by its check code. */
  public Optional<NoticeState> notice(String code) {
    return Optional.ofNullable(notices.get(code));
  }
}
