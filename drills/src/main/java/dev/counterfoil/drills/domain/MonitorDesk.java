package dev.counterfoil.drills.domain;

import dev.counterfoil.drills.domain.IncidentReport.PresentedToken;
import dev.counterfoil.drills.domain.IncidentReport.SignedToken;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.installation.layout.DemoService;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.verifier.reporting.SightingReporter;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The monitor of a throwaway installation, as a registered reporter of each domain and as the
 * operator.
 */
public final class MonitorDesk implements AutoCloseable {
  private static final JsonObject EVERYTHING = JsonObject.builder().build();

  private final MonitorAdmin operator;
  private final Map<String, SightingReporter> reporterByIssuer = new HashMap<>();

  /**
   * Meets the monitor of an installation that runs.
   *
   * @param folder of the installation
   */
  public MonitorDesk(DataFolder folder, InstallationConfiguration configuration)
      throws IOException {
    this.operator = new MonitorAdmin(folder.monitor().resolve("admin.sock"));
    for (InstallationConfiguration.Domain domain : configuration.domains()) {
      // One reporter for all services of a domain: the monitor counts what each reporter sends.
      reporterByIssuer.put(
          domain.issuer().toString(), new DemoService(folder.context(domain.name())).reporter());
    }
  }

  /** Where services of an issuer report. */
  public SightingSink sink(String issuer) {
    SightingReporter reporter = reporterByIssuer.get(issuer);
    if (reporter == null) {
      throw new IllegalArgumentException("no domain has the issuer " + issuer);
    }
    return reporter;
  }

  /** Hands sightings in, as a registered reporter. */
  public void report(List<Sighting> sightings) {
    SightingReporter first = reporterByIssuer.values().iterator().next();
    for (Sighting sighting : sightings) {
      // A token in nobody's name is reported all the same.
      String issuer = sighting.token().issuer() == null ? "" : sighting.token().issuer();
      reporterByIssuer.getOrDefault(issuer, first).report(sighting);
    }
  }

  /** What a trace says of a token of a tenant's. */
  public JsonObject trace(String domain, String tenant, String tokenId) throws IOException {
    List<JsonObject> answers = new ArrayList<>();
    operator.auditTrace(
        domain, tenant, JsonObject.builder().put("token", tokenId).build(), answers::add);
    return understood(answers.getFirst(), answer -> answer.objects("tokens").getFirst());
  }

  /**
   * Who was touched, by all open incidents.
   *
   * @param exact whether the monitor says that these are all; else there are at least these
   */
  public record Touched(Set<String> subjects, boolean exact) {}

  /** Asks each open incident who was touched. */
  public Touched touched() throws IOException {
    List<JsonObject> incidents = new ArrayList<>();
    operator.incidents(false, incidents::add);
    Set<String> subjects = new TreeSet<>();
    boolean exact = true;
    for (JsonObject incident : incidents) {
      List<JsonObject> shown = new ArrayList<>();
      operator.incident(understood(incident, one -> one.number("id")), shown::add);
      JsonObject touched = understood(shown.getFirst(), one -> one.object("touched"));
      subjects.addAll(understood(touched, one -> one.strings("subjects")));
      exact &= understood(touched, one -> one.truth("exact"));
    }
    return new Touched(subjects, exact);
  }

  /** All findings so far, oldest first. */
  public List<SeenFinding> findings() throws IOException {
    List<SeenFinding> findings = new ArrayList<>();
    operator.findings(EVERYTHING, line -> findings.add(understood(line, MonitorDesk::finding)));
    return findings.stream().sorted(Comparator.comparing(SeenFinding::raisedAt)).toList();
  }

  /**
   * Waits for findings about tokens of these digests; by digest, fewer when some do not come. One
   * later than the two seconds that are promised shows as late, not as missing.
   */
  public Map<Hash, SeenFinding> await(Set<Hash> digests) throws IOException, InterruptedException {
    return await(digests, Await.PATIENCE);
  }

  /** The same with more patience, or less. */
  public Map<Hash, SeenFinding> await(Set<Hash> digests, Duration patience)
      throws IOException, InterruptedException {
    Await.comes(patience, () -> about(digests).size() >= digests.size());
    return about(digests);
  }

  /** The longest time from when tokens were tried to the findings about them. */
  public static Duration slowest(Map<Hash, SeenFinding> found, Function<Hash, Instant> tried) {
    return found.entrySet().stream()
        .map(one -> Duration.between(tried.apply(one.getKey()), one.getValue().raisedAt()))
        .max(Duration::compareTo)
        .orElse(Duration.ZERO);
  }

  /** Whether a finding about a token of this identifier comes. */
  public boolean comes(String tokenId) throws IOException, InterruptedException {
    return Await.comes(() -> isThere(tokenId));
  }

  /** Whether there is a finding about a token of this identifier now. */
  public boolean isThere(String tokenId) throws IOException {
    return findings().stream()
        .anyMatch(finding -> finding.tokenId().filter(tokenId::equals).isPresent());
  }

  /** The first finding about each of these tokens. */
  public Map<Hash, SeenFinding> about(Set<Hash> digests) throws IOException {
    Map<Hash, SeenFinding> found = new LinkedHashMap<>();
    for (SeenFinding finding : findings()) {
      finding
          .digest()
          .filter(digests::contains)
          .ifPresent(digest -> found.putIfAbsent(digest, finding));
    }
    return found;
  }

  /**
   * What the monitor holds of a key: tokens that it signed for us, and what was shown under it
   * besides.
   */
  public void report(String kid, List<SignedToken> signed, List<PresentedToken> presented)
      throws IOException {
    operator.report(
        kid,
        line -> {
          switch (understood(line, json -> json.string("type"))) {
            case "signed" -> signed.add(understood(line, MonitorDesk::signedToken));
            case "presented" -> presented.add(understood(line, MonitorDesk::presentedToken));
            default -> {
              // The summary counts what the lines before it say.
            }
          }
        });
  }

  @Override
  public void close() {
    reporterByIssuer.values().forEach(SightingReporter::close);
  }

  private interface Reading<T> {
    T read(JsonObject line) throws FormatException;
  }

  private static <T> T understood(JsonObject line, Reading<T> reading) throws IOException {
    try {
      return reading.read(line);
    } catch (FormatException e) {
      throw new IOException("the monitor's answer is not understood", e);
    }
  }

  private static SeenFinding finding(JsonObject line) throws FormatException {
    // Findings about tokens say how the token was presented; others, such as a reporter's gap, do
    // not.
    JsonObject presented =
        line.object("detail").optionalObject("presented").orElse(JsonObject.builder().build());
    return new SeenFinding(
        line.number("id"),
        Instant.ofEpochMilli(line.number("raised_at_ms")),
        line.string("kind"),
        presented.optionalString("grade").orElse(""),
        digest(line),
        line.optionalString("jti"),
        line.optionalString("kid").orElse(""),
        presented.optionalString("tenant").orElse(""),
        presented.optionalString("sub").orElse(""),
        presented.optionalString("service").orElse(""),
        line.object("detail"));
  }

  private static SignedToken signedToken(JsonObject line) throws FormatException {
    return new SignedToken(
        line.number("position"),
        Hash.parseBase64Url(line.string("digest")),
        line.optionalString("tenant").orElse(""),
        line.optionalString("sub").orElse(""));
  }

  private static PresentedToken presentedToken(JsonObject line) throws FormatException {
    return new PresentedToken(
        Instant.ofEpochMilli(line.number("seen_at_ms")),
        digest(line),
        line.optionalString("tenant").orElse(""),
        line.optionalString("sub").orElse(""),
        line.string("service"),
        line.string("outcome").equals(Sighting.ACCEPTED),
        line.optionalString("action").orElse(""),
        line.number("count"));
  }

  private static Optional<Hash> digest(JsonObject line) throws FormatException {
    Optional<String> digest = line.optionalString("digest");
    return digest.isPresent() ? Optional.of(Hash.parseBase64Url(digest.get())) : Optional.empty();
  }
}
