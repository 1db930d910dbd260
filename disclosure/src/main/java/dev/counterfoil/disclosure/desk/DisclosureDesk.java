package dev.counterfoil.disclosure.desk;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.Correction;
import dev.counterfoil.disclosure.DisclosureException;
import dev.counterfoil.disclosure.DisclosureKey;
import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.clocks.ClockPack;
import dev.counterfoil.disclosure.clocks.ClockPage;
import dev.counterfoil.disclosure.clocks.ClockRule;
import dev.counterfoil.disclosure.clocks.RunningClocks.DueStage;
import dev.counterfoil.disclosure.documents.Contradictions;
import dev.counterfoil.disclosure.documents.Draft;
import dev.counterfoil.disclosure.promises.SaidOfPromises;
import dev.counterfoil.disclosure.record.AffectedIncident;
import dev.counterfoil.disclosure.record.ClaimRules;
import dev.counterfoil.disclosure.record.ClaimVersion;
import dev.counterfoil.disclosure.record.ClockDecision;
import dev.counterfoil.disclosure.record.DisclosureRecord;
import dev.counterfoil.disclosure.record.DisclosureRecord.SaidAt;
import dev.counterfoil.disclosure.record.IncidentRecord;
import dev.counterfoil.disclosure.record.RecordEntry;
import dev.counterfoil.disclosure.record.RecordKind;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.DisclosureKeyStated;
import dev.counterfoil.format.keylog.StatedDisclosureKey;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where operators' commands come in: a command is decided, recorded, and only then it counts. One
 * command runs at a time.
 */
public final class DisclosureDesk {
  /** A little less than the most, for clocks that differ. */
  private static final Duration KEYS_FOR = DisclosureKeyStated.LIFE_MAX.minusDays(1);

  private static final Duration REVIEW_WITHIN = Duration.ofDays(7);
  private static final Duration CLOCKS_APART = Duration.ofSeconds(30);
  private static final int INCIDENTS_MAX = 10_000;
  private static final int PARTS_MAX = 200;
  private static final int SALT_BYTES = 32;
  private static final int TEXT_MAX = 20_000;

  private final DisclosureRecord record;
  private final OwnKeys keys;
  private final List<ClockPack> packs;
  private final InstantSource clock;
  private final SecureRandom random;
  private final PublishingDesk publishing;
  private final WeaknessDesk weaknesses;
  private final HoldDesk holds;
  private final TenantDesk tenants;

  /** Parts of an incident that is being handed over, by who does it. */
  private final Map<String, List<JsonObject>> parts = new HashMap<>();

  DisclosureDesk(
      DisclosureRecord record,
      OwnKeys keys,
      List<ClockPack> packs,
      InstantSource clock,
      SecureRandom random,
      PublishingDesk publishing) {
    this.record = record;
    this.keys = keys;
    this.packs = List.copyOf(packs);
    this.clock = clock;
    this.random = random;
    this.publishing = publishing;
    this.weaknesses = new WeaknessDesk(record, clock);
    this.holds = new HoldDesk(record, clock);
    this.tenants = new TenantDesk(record, publishing.place(), clock);
  }

  /**
   * Carries a command out.
   *
   * @param by who asks, by the kernel's word
   */
  public synchronized Answer carryOut(String command, JsonObject arguments, String by) {
    try {
      return switch (command) {
        case "status" -> done(status());
        case "key-request" -> done(keys.request(clock.instant().plus(KEYS_FOR)).toJson());
        case "take-key" -> takeKey(arguments);
        case "incident-part" -> part(arguments, by);
        case "open" -> open(arguments, by);
        case "claims" -> done(claims(incident(arguments)));
        case "claim-add" -> add(arguments, by);
        case "claim-revise" -> revise(arguments, by);
        case "claim-withdraw" -> withdraw(arguments, by);
        case "evidence-withdraw" -> evidence(arguments, by);
        case "texts" -> texts(arguments, by);
        case "clock" -> clock(arguments, by);
        case "clocks" -> done(clocks());
        case "draft" -> done(publishing.draft(incident(arguments), arguments, packs));
        case "check" -> publishing.check(incident(arguments), arguments);
        case "approve" -> publishing.approve(incident(arguments), arguments, by);
        case "publish" -> publishing.publish(incident(arguments), arguments, by);
        case "notify" -> publishing.notifyVictims(incident(arguments), arguments, by);
        case "notices" -> publishing.notices(incident(arguments));
        case "notice-file" -> publishing.file(arguments);
        case "questions" -> tenants.questions();
        case "answer" -> tenants.answer(arguments, by);
        case "hold" -> holds.hold(incident(arguments), arguments, by);
        case "hold-confirm" -> holds.decide(incident(arguments), arguments, by, false);
        case "hold-lift" -> holds.decide(incident(arguments), arguments, by, true);
        case "holds" -> holds.list(incident(arguments));
        case "weakness-receive" -> weaknesses.receive(arguments, by);
        case "weaknesses" -> weaknesses.list();
        case "weakness" -> weaknesses.show(arguments);
        case "weakness-move" -> weaknesses.move(arguments, by);
        case "corrections" -> done(corrections());
        case "promises" -> promises(arguments, by);
        case "acknowledge" -> publishing.acknowledge(arguments, by);
        default -> new Answer.Refused(Code.UNKNOWN, "the disclosure process has no such command");
      };
    } catch (FormatException | IllegalArgumentException | DisclosureException e) {
      return new Answer.Refused(Code.MALFORMED, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return new Answer.Refused(Code.DISK_FULL, String.valueOf(e.getMessage()));
    }
  }

  /**
   * Carries a command of the console out, for its people. Operators read and approve there; nothing
   * is published by what the console says.
   *
   * @param by the console's user, by the kernel's word
   */
  public synchronized Answer forConsole(String command, JsonObject arguments, String by) {
    try {
      return switch (command) {
        case "person-desk" -> done(status().with("due", clocks().objects("due")));
        case "person-incident" -> done(read(incident(arguments), arguments));
        case "person-approve" ->
            publishing.approve(
                incident(arguments),
                arguments,
                PublishingDesk.PERSON + TenantDesk.named(arguments, "subject"));
        default -> tenants.carryOut(command, arguments, by);
      };
    } catch (FormatException | IllegalArgumentException e) {
      return new Answer.Refused(Code.MALFORMED, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return new Answer.Refused(Code.DISK_FULL, String.valueOf(e.getMessage()));
    }
  }

  /** An incident's claims beside a document that comes of them, and what stands in its way. */
  private JsonObject read(IncidentRecord one, JsonObject arguments) throws FormatException {
    Instant now = clock.instant();
    List<DueStage> due =
        publishing.clocks(one, packs).stream().sorted(Comparator.comparing(DueStage::due)).toList();
    JsonObject claims = claims(one);
    return publishing
        .draft(one, arguments, packs)
        .with("claims", claims.objects("claims"), "corrections", claims.objects("corrections"))
        .with("documents", publishing.documents(one, due, packs))
        .with(
            "contradictions",
            Contradictions.of(Draft.of(one)).stream()
                .map(
                    found ->
                        JsonObject.builder()
                            .put("where", found.where())
                            .put("what", found.what())
                            .build())
                .toList())
        .with("due", due.stream().map(stage -> shown(stage, now)).toList());
  }

  static Answer done(JsonObject result) {
    return new Answer.Done(result);
  }

  private IncidentRecord incident(JsonObject arguments) throws FormatException {
    String id = arguments.string("incident");
    return record
        .incident(id)
        .orElseThrow(
            () ->
                new FormatException(
                    "incident is not taken over: run counterfoil disclosure open with its number"));
  }

  private JsonObject status() {
    return JsonObject.builder()
        .put("log", keys.logKey().toString())
        .put("entries", record.log().size())
        .put("kid", keys.stated().map(key -> key.key().thumbprint()).orElse(null))
        .put("keys_end", keys.stated().map(key -> key.notAfter().toString()).orElse(null))
        .put(
            "incidents",
            record.incidents().stream()
                .map(
                    one ->
                        JsonObject.builder()
                            .put("id", one.id())
                            .put("severity", one.incident().severity())
                            .put("claims", one.claims().size())
                            .put("versions", one.publications().size())
                            .put("notices", one.notices().size())
                            .build())
                .toList())
        .build();
  }

  /** Which published claims proved wrong, and when readers were told, as promises measure it. */
  private JsonObject corrections() {
    List<JsonObject> all = new ArrayList<>();
    for (IncidentRecord one : record.incidents()) {
      for (ClaimRules.ProvedWrong wrong : ClaimRules.provedWrong(one)) {
        all.add(
            JsonObject.builder()
                .put("id", one.id() + "/" + wrong.claim())
                .put("at", wrong.since().getEpochSecond())
                .put("answered", wrong.corrected().map(Instant::getEpochSecond).orElse(0L))
                .build());
      }
    }
    return JsonObject.builder().put("corrections", all).build();
  }

  private Answer takeKey(JsonObject arguments) throws FormatException, IOException {
    StatedDisclosureKey taken = keys.take(DisclosureKey.parse(arguments));
    publishing.writePages();
    return done(JsonObject.builder().put("keys_end", taken.notAfter().toString()).build());
  }

  /** A request has at most 128 KiB, and an incident may be longer. */
  private Answer part(JsonObject arguments, String by) throws FormatException {
    arguments.allowOnly("accounts", "entities", "first");
    List<JsonObject> mine = parts.computeIfAbsent(by, _ -> new ArrayList<>());
    if (arguments.truth("first")) {
      mine.clear();
    }
    if (mine.size() >= PARTS_MAX) {
      throw new FormatException("an incident has at most " + PARTS_MAX + " parts");
    }
    mine.add(arguments);
    return done(JsonObject.builder().put("parts", mine.size()).build());
  }

  private Answer open(JsonObject arguments, String by) throws FormatException, IOException {
    List<JsonObject> accounts = new ArrayList<>();
    List<JsonObject> entities = new ArrayList<>();
    for (JsonObject part : parts.getOrDefault(by, List.of())) {
      accounts.addAll(part.objects("accounts"));
      entities.addAll(part.objects("entities"));
    }
    String id = arguments.string("id");
    Optional<IncidentRecord> before = record.incident(id);
    if (before.isEmpty() && record.incidents().size() >= INCIDENTS_MAX) {
      throw new FormatException("there are " + INCIDENTS_MAX + " incidents, as many as it takes");
    }
    byte[] made = new byte[SALT_BYTES];
    random.nextBytes(made);
    // The salt stays, or the lines of a tenant's earlier notice would fit nothing any more.
    String salt = before.map(one -> one.incident().salt()).orElse(Base64Url.encode(made));
    JsonObject body =
        arguments
            .without("salt")
            .with("accounts", List.copyOf(accounts), "entities", List.copyOf(entities))
            .with("salt", salt);
    AffectedIncident.parse(body);
    record.add(RecordKind.INCIDENT, id, clock.instant(), by, body, Optional.empty());
    parts.remove(by);
    return done(JsonObject.builder().put("incident", id).put("again", before.isPresent()).build());
  }

  private JsonObject claims(IncidentRecord one) {
    return JsonObject.builder()
        .put("incident", one.id())
        .put("claims", one.claims().stream().map(version -> shown(one, version)).toList())
        .put("corrections", one.corrections().stream().map(Correction::toJson).toList())
        .build();
  }

  private JsonObject shown(IncidentRecord one, ClaimVersion version) {
    return version
        .claim()
        .toJson()
        .with("version", version.version(), "author", version.author())
        .with("at_ms", version.at().toEpochMilli())
        .with(
            "published", one.firstPublished(version.claim().id()).map(Instant::toString).orElse(""))
        .with("overdue", version.claim().isOverdue(clock.instant()));
  }

  private Answer add(JsonObject arguments, String by) throws FormatException, IOException {
    IncidentRecord one = incident(arguments);
    return recorded(
        one, claim(arguments, "C" + (one.claims().size() + 1)), 0, Optional.empty(), by);
  }

  private Answer revise(JsonObject arguments, String by) throws FormatException, IOException {
    IncidentRecord one = incident(arguments);
    JsonObject changes = arguments.object("claim");
    String id = changes.string("id");
    List<ClaimVersion> history = history(one, id);
    JsonObject merged = history.getLast().claim().toJson();
    for (String name : changes.names()) {
      Object value = changes.get(name);
      merged = value == null ? merged : merged.with(name, value);
    }
    return recorded(
        one, reviewed(Claim.parse(merged)), arguments.number("base"), Optional.empty(), by);
  }

  private static List<ClaimVersion> history(IncidentRecord one, String id) throws FormatException {
    List<ClaimVersion> history = one.history(id);
    if (history.isEmpty()) {
      throw new FormatException("there is no such claim: see counterfoil claim list");
    }
    return history;
  }

  private Claim claim(JsonObject arguments, String id) throws FormatException {
    return reviewed(Claim.parse(arguments.object("claim").with("id", id)));
  }

  /** What is not confirmed is looked at again within a week, where nobody named a day. */
  private Claim reviewed(Claim claim) {
    boolean isOpen =
        claim.state() != Claim.State.CONFIRMED && claim.state() != Claim.State.WITHDRAWN;
    return isOpen && claim.reviewBy().isEmpty()
        ? new Claim(
            claim.id(),
            claim.state(),
            claim.text(),
            claim.evidence(),
            claim.reason(),
            claim.scope(),
            Optional.of(clock.instant().plus(REVIEW_WITHIN)))
        : claim;
  }

  private Answer withdraw(JsonObject arguments, String by) throws FormatException, IOException {
    IncidentRecord one = incident(arguments);
    String id = arguments.string("id");
    List<ClaimVersion> history = history(one, id);
    Optional<JsonObject> said = arguments.optionalObject("correction");
    Optional<Correction> correction = Optional.empty();
    if (said.isPresent()) {
      Instant since = one.firstPublished(id).orElseGet(clock::instant);
      correction =
          Optional.of(
              Correction.parse(said.get().with("claim", id).with("since", since.getEpochSecond())));
    }
    return recorded(
        one,
        history.getLast().claim().withdrawn(arguments.string("reason")),
        arguments.optionalNumber("base").orElse((long) history.size()),
        correction,
        by);
  }

  private Answer recorded(
      IncidentRecord one, Claim claim, long base, Optional<Correction> correction, String by)
      throws IOException {
    Optional<String> objection = ClaimRules.change(one, claim, base, correction.isPresent());
    if (objection.isPresent()) {
      return new Answer.Refused(
          base == one.version(claim.id()) ? Code.CONFLICT : Code.OUTDATED, objection.get());
    }
    record.add(
        RecordKind.CLAIM,
        one.id(),
        clock.instant(),
        by,
        ClaimVersion.body(base + 1, claim, correction),
        Optional.empty());
    return done(JsonObject.builder().put("claim", claim.id()).put("version", base + 1).build());
  }

  private Answer evidence(JsonObject arguments, String by) throws FormatException, IOException {
    IncidentRecord one = incident(arguments);
    String evidence = arguments.string("evidence");
    List<String> claims =
        one.claims().stream()
            .map(ClaimVersion::claim)
            .filter(claim -> claim.evidence().contains(evidence))
            .map(Claim::id)
            .toList();
    if (claims.isEmpty()) {
      throw new FormatException("no claim rests on this evidence: name it as the claim does");
    }
    record.add(
        RecordKind.EVIDENCE,
        one.id(),
        clock.instant(),
        by,
        JsonObject.builder().put("evidence", evidence).put("why", arguments.string("why")).build(),
        Optional.empty());
    return done(JsonObject.builder().put("claims", claims).build());
  }

  private Answer texts(JsonObject arguments, String by) throws FormatException, IOException {
    IncidentRecord one = incident(arguments);
    Map<String, String> texts = PublicStatement.texts(arguments.object("texts"));
    for (Map.Entry<String, String> text : texts.entrySet()) {
      if (!text.getKey().matches("[a-z][a-z0-9-]{0,39}") || text.getValue().length() > TEXT_MAX) {
        throw new FormatException(
            "a text has a name such as summary, and at most " + TEXT_MAX + " characters");
      }
    }
    Optional<String> objection = overwrites(one, texts.keySet(), arguments, by);
    if (objection.isPresent()) {
      return new Answer.Refused(Code.OUTDATED, objection.get());
    }
    record.add(
        RecordKind.TEXTS,
        one.id(),
        clock.instant(),
        by,
        PublicStatement.json(texts),
        Optional.empty());
    return done(JsonObject.builder().put("texts", List.copyOf(texts.keySet())).build());
  }

  /** What another person wrote is written over by who has read it. */
  private static Optional<String> overwrites(
      IncidentRecord one, Set<String> names, JsonObject arguments, String by)
      throws FormatException {
    Optional<String> read = arguments.optionalString("draft");
    if (read.isPresent()) {
      return read.get().equals(Draft.of(one).digest())
          ? Optional.empty()
          : Optional.of("the draft was changed since you read it: read it again");
    }
    return names.stream()
        .filter(name -> one.textAuthor(name).filter(author -> !author.equals(by)).isPresent())
        .findFirst()
        .map(
            name ->
                "%s wrote text %s: read the draft, then write over it with --draft and its digest"
                    .formatted(one.textAuthor(name).orElseThrow(), name));
  }

  private Answer clock(JsonObject arguments, String by) throws FormatException, IOException {
    IncidentRecord one = incident(arguments);
    ClockRule rule =
        ClockPack.rule(packs, arguments.string("rule"))
            .filter(ClockRule::enabled)
            .orElseThrow(
                () -> new FormatException("no enabled rule has this id: see counterfoil clocks"));
    if (Instant.ofEpochSecond(arguments.number("at")).isBefore(rule.inForceFrom())) {
      throw new FormatException("rule %s is in force from %s".formatted(rule.id(), rule.from()));
    }
    boolean isMet = arguments.truth("met");
    String event = arguments.string("event");
    boolean isKnown =
        isMet
            ? rule.hasStage(event.replaceFirst("^correction:", ""))
            : rule.triggers().contains(event);
    if (!isKnown) {
      throw new FormatException(
          "rule %s has %s"
              .formatted(
                  rule.id(),
                  isMet ? "other stages" : "the triggers " + String.join(", ", rule.triggers())));
    }
    String why = arguments.string("why");
    Instant at = Instant.ofEpochSecond(arguments.number("at"));
    if (why.isBlank() || at.isAfter(clock.instant())) {
      throw new FormatException("a decision has a reason, and a time that is not in the future");
    }
    record.add(
        RecordKind.CLOCK,
        one.id(),
        clock.instant(),
        by,
        ClockDecision.body(rule.id(), event, at, isMet, why),
        Optional.empty());
    return done(JsonObject.builder().put("rule", rule.id()).put("event", event).build());
  }

  /** Calls to the people on duty that are to be made. */
  synchronized List<ClockPage> pages() {
    return ClockPage.due(due(), record.paged(), clock.instant());
  }

  /** Records calls that were made. */
  synchronized void paged(List<ClockPage> pages) throws IOException {
    record.add(
        RecordKind.PAGED,
        "",
        clock.instant(),
        OnDuty.NAME,
        JsonObject.builder().put("calls", pages.stream().map(ClockPage::name).toList()).build(),
        Optional.empty());
  }

  /** All that runs, in order of time; the process's own keys, too, once they end soon. */
  private List<DueStage> due() {
    List<DueStage> due = new ArrayList<>();
    record.incidents().forEach(one -> due.addAll(publishing.clocks(one, packs)));
    due.addAll(weaknesses.clocks());
    keys.due(clock.instant()).ifPresent(due::add);
    due.sort(Comparator.comparing(DueStage::due));
    return due;
  }

  private JsonObject clocks() {
    Instant now = clock.instant();
    List<DueStage> due = due();
    return JsonObject.builder()
        .put("now", now.toString())
        .put("due", due.stream().map(one -> shown(one, now)).toList())
        .put(
            "rules",
            packs.stream()
                .flatMap(
                    pack ->
                        pack.rules().stream()
                            .map(
                                rule ->
                                    JsonObject.builder()
                                        .put("id", rule.id())
                                        .put("title", rule.title())
                                        .put("enabled", rule.enabled())
                                        .put("in_force_from", rule.from().toString())
                                        .put("pack_version", pack.version())
                                        .put("reviewed_on", pack.reviewedOn())
                                        .put("triggers", List.copyOf(rule.triggers()))
                                        .put("applies_to", rule.appliesTo())
                                        .build()))
                .toList())
        .build();
  }

  /** What the daily job says of the promises: signed, recorded, published. */
  private Answer promises(JsonObject arguments, String by)
      throws FormatException, IOException, DisclosureException {
    arguments.allowOnly("as_of", "promises", "said");
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Optional<SaidAt> last =
        record.said().isEmpty() ? Optional.empty() : Optional.of(record.said().getLast());
    SaidOfPromises said =
        SaidOfPromises.parse(
                arguments
                    .with("v", 1L, "domain", publishing.domain())
                    .with("iat", now.getEpochSecond()))
            .after(last.map(one -> one.signed().digest()));
    if (Instant.ofEpochSecond(said.asOf()).isAfter(now.plus(CLOCKS_APART))) {
      throw new FormatException("as_of lies in the future");
    }
    Optional<String> objection = last.flatMap(before -> before.said().objection(said));
    if (objection.isPresent()) {
      return new Answer.Refused(Code.CONFLICT, objection.get());
    }
    SignedDisclosure signed = keys.sign(SaidOfPromises.TYPE, said.toJson(), now);
    RecordEntry entry =
        record.add(
            RecordKind.PROMISES,
            "",
            clock.instant(),
            by,
            SaidAt.body(said, signed),
            Optional.of(signed.digest()));
    publishing.writePages();
    return done(
        JsonObject.builder()
            .put("file", signed.with(record.log().receipt(entry.position())).text())
            .build());
  }

  private static JsonObject shown(DueStage one, Instant now) {
    return JsonObject.builder()
        .put("incident", one.incident())
        .put("rule", one.rule())
        .put("stage", one.stage())
        .put("due", one.due().toString())
        .put("late", now.isAfter(one.due()))
        .put("to", one.to())
        .put("form", one.form())
        .put("missing", one.missing())
        .put("started_by", one.startedBy())
        .build();
  }
}
