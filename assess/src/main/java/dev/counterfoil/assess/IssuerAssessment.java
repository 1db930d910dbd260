package dev.counterfoil.assess;

import dev.counterfoil.assess.fetch.AssessmentException;
import dev.counterfoil.assess.fetch.AssessmentLimits;
import dev.counterfoil.assess.fetch.Fetcher;
import dev.counterfoil.assess.fetch.Json;
import dev.counterfoil.assess.fetch.Printable;
import dev.counterfoil.assess.finding.AssessmentFinding;
import dev.counterfoil.assess.finding.AssessmentFindings;
import dev.counterfoil.assess.finding.KeyFinding;
import dev.counterfoil.assess.finding.MetadataFinding;
import dev.counterfoil.assess.finding.TokenFinding;
import dev.counterfoil.assess.finding.Verdict;
import dev.counterfoil.assess.key.IssuerView;
import dev.counterfoil.assess.key.KeyAge;
import dev.counterfoil.assess.key.KeyChecks;
import dev.counterfoil.assess.key.KeySetChecks;
import dev.counterfoil.assess.key.Observations;
import dev.counterfoil.assess.key.PublishedKey;
import dev.counterfoil.assess.key.PublishedKeySet;
import dev.counterfoil.assess.key.SharingChecks;
import dev.counterfoil.assess.token.ParsedToken;
import dev.counterfoil.assess.token.SampleToken;
import dev.counterfoil.assess.token.TokenChecks;
import dev.counterfoil.assess.token.TokenKeyChecks;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/** Assesses issuers, read-only: GETs of public documents, and nothing else leaves this machine. */
public final class IssuerAssessment {
  private final HttpClient http;
  private final InstantSource clock;
  private final AssessmentLimits limits;

  /**
   * @param http must not follow redirects by itself; see {@link #httpClient}
   * @param clock the time against which ages are measured
   * @throws IllegalArgumentException if the client follows redirects
   */
  public IssuerAssessment(HttpClient http, InstantSource clock, AssessmentLimits limits) {
    if (http.followRedirects() != HttpClient.Redirect.NEVER) {
      throw new IllegalArgumentException(
          "the HTTP client must not follow redirects: they are followed and reported here");
    }
    this.http = http;
    this.clock = clock;
    this.limits = limits;
  }

  /**
   * A client that fits: no redirects, no cookies, bounded connection time. The caller closes it.
   */
  public static HttpClient httpClient(AssessmentLimits limits) {
    return HttpClient.newBuilder()
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(limits.fetchTime())
        .build();
  }

  /**
   * Assesses one issuer, and its keys beside those of others where the options name any.
   *
   * @param issuer issuer URL, exactly as tokens name it
   * @throws AssessmentException if the URL is no issuer URL, there is more than the limits allow,
   *     or the observations file cannot be used
   */
  public AssessmentReport assess(URI issuer, Options options) {
    // Whole seconds, as tokens and certificates count.
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    List<URI> issuerUrls = issuerUrls(issuer, options);
    List<URI> keySetAddresses = keySetAddresses(options);
    List<SampleToken> samples = bounded("sample tokens", options.tokens(), limits.tokens());
    Observations observations =
        options.observations().map(Observations::load).orElseGet(Observations::empty);
    Run run =
        new Run(
            new Fetcher(http, limits),
            new AssessmentFindings(limits.evidenceLines()),
            observations,
            options,
            now);

    // 1. Read: for each issuer its metadata and the key set it names; then the sets services load.
    List<IssuerView> issuers = issuerUrls.stream().map(run::readIssuer).toList();
    List<PublishedKeySet> deployed =
        keySetAddresses.stream().flatMap(address -> run.readChosenSet(address).stream()).toList();

    // 2. Remember which keys were seen, so that the next run knows their age.
    Map<URI, PublishedKeySet> sets = new LinkedHashMap<>();
    Stream.concat(issuers.stream().flatMap(view -> view.keySet().stream()), deployed.stream())
        .forEach(set -> sets.put(set.address(), set));
    if (options.observations().isPresent()) {
      sets.values().forEach(set -> observations.record(set, now, run.findings));
    }

    // 3. Judge each thing by itself, then side by side, then the tokens against all of them.
    issuers.forEach(run::judgeMetadata);
    Set<URI> own = new LinkedHashSet<>();
    issuers.stream()
        .flatMap(view -> view.keySet().stream())
        .map(PublishedKeySet::address)
        .forEach(own::add);
    sets.values().stream().filter(set -> own.contains(set.address())).forEach(run::judgeIssuersSet);
    sets.values().stream()
        .filter(set -> !own.contains(set.address()))
        .forEach(run::judgeDeployedSet);
    new SharingChecks(issuers, deployed, run.findings).run();
    samples.forEach(token -> run.judgeToken(token, issuers, deployed));

    // 4. Last, so that a run that failed half way leaves the file as it was.
    options.observations().ifPresent(observations::save);

    boolean anythingRead = !run.documents.isEmpty() || !run.tokens.isEmpty();
    List<AssessmentFinding> findings = run.findings.sorted();
    return new AssessmentReport(
        issuer,
        now,
        options.keyPeriod(),
        Verdict.of(findings, anythingRead),
        run.documents,
        run.keys,
        run.tokens,
        findings,
        Attaching.of(issuers.getFirst(), run.ownSamples(issuers.getFirst()), findings));
  }

  private List<URI> issuerUrls(URI issuer, Options options) {
    Set<URI> all = new LinkedHashSet<>();
    all.add(issuer);
    all.addAll(options.moreIssuers());
    for (URI url : all) {
      // RFC 8414 section 2; http is let through here and becomes a finding.
      if (!Fetcher.isHttp(url) || url.getRawQuery() != null || url.getRawFragment() != null) {
        throw new AssessmentException(
            "Not an issuer URL: "
                + Printable.of(url.toString())
                + ". Give it as tokens name it, e.g. https://login.example.org/realms/main.");
      }
    }
    return bounded("issuers", List.copyOf(all), limits.issuers());
  }

  private List<URI> keySetAddresses(Options options) {
    for (URI address : options.deployedKeySets()) {
      boolean isFile =
          "file".equals(address.getScheme())
              && address.getAuthority() == null
              && address.getPath() != null;
      if (!isFile && !Fetcher.isHttp(address)) {
        throw new AssessmentException(
            "Not the address of a key set: "
                + Printable.of(address.toString())
                + ". Give an https address, or a file as file:///etc/mail/keys.json.");
      }
    }
    return bounded("deployed key sets", options.deployedKeySets(), limits.keySets());
  }

  private static <T> List<T> bounded(String what, List<T> given, int limit) {
    if (given.size() > limit) {
      throw new AssessmentException(
          given.size() + " " + what + " were given; at most " + limit + " are assessed at once.");
    }
    return given;
  }

  /** What one assessment gathers on its way. */
  private final class Run {
    final Fetcher fetcher;
    final AssessmentFindings findings;
    final Observations observations;
    final Options options;
    final Instant now;
    final List<AssessmentReport.DocumentSeen> documents = new ArrayList<>();
    final List<AssessmentReport.KeySeen> keys = new ArrayList<>();

    /** Thumbprints of the signing keys that stand in an issuer's own set. */
    final Set<String> judged = new LinkedHashSet<>();

    final List<AssessmentReport.TokenSeen> tokens = new ArrayList<>();
    final List<ParsedToken.Signed> samples = new ArrayList<>();
    final Map<URI, Optional<PublishedKeySet>> fetched = new LinkedHashMap<>();

    Run(
        Fetcher fetcher,
        AssessmentFindings findings,
        Observations observations,
        Options options,
        Instant now) {
      this.fetcher = fetcher;
      this.findings = findings;
      this.observations = observations;
      this.options = options;
      this.now = now;
    }

    /** Signed tokens that name an issuer. */
    List<ParsedToken.Signed> ownSamples(IssuerView issuer) {
      return samples.stream()
          .filter(
              token ->
                  Json.text(token.claims(), "iss").filter(issuer.names()::contains).isPresent())
          .toList();
    }

    IssuerView readIssuer(URI url) {
      if (Fetcher.isInward(url)) {
        findings.add(MetadataFinding.ISSUER_ON_LOOPBACK, Printable.of(url.toString()));
      } else if (!Fetcher.isHttps(url)) {
        findings.add(MetadataFinding.ISSUER_NOT_HTTPS, Printable.of(url.toString()));
      }
      Optional<ObjectNode> metadata = new MetadataReader(fetcher, findings, documents).read(url);
      Set<String> names = new LinkedHashSet<>(List.of(url.toString()));
      metadata.flatMap(document -> Json.text(document, "issuer")).ifPresent(names::add);
      Optional<PublishedKeySet> keySet =
          metadata
              .flatMap(document -> Json.text(document, "jwks_uri"))
              .flatMap(text -> readNamedSet(text, url));
      return new IssuerView(url, names, metadata, keySet);
    }

    private Optional<PublishedKeySet> readNamedSet(String address, URI issuer) {
      try {
        URI named = new URI(address);
        return readSet(named, () -> fetcher.fetchNamed(named, issuer));
      } catch (URISyntaxException e) {
        // Refused: what the metadata names is no address.
        findings.add(KeyFinding.JWKS_UNREACHABLE, Printable.of(address) + " is no address");
        return Optional.empty();
      }
    }

    Optional<PublishedKeySet> readChosenSet(URI address) {
      return readSet(address, () -> fetcher.fetchChosen(address));
    }

    private Optional<PublishedKeySet> readSet(URI address, Supplier<Fetcher.Fetched> fetch) {
      Optional<PublishedKeySet> known = fetched.get(address);
      if (known != null) {
        return known;
      }
      Optional<PublishedKeySet> set = PublishedKeySet.read(address, fetch.get(), limits, findings);
      fetched.put(address, set);
      set.ifPresent(
          one ->
              documents.add(
                  new AssessmentReport.DocumentSeen(
                      Printable.of(address.toString()),
                      "key set, " + Printable.counted(one.keys().size(), "key"))));
      return set;
    }

    void judgeMetadata(IssuerView issuer) {
      issuer
          .metadata()
          .ifPresent(metadata -> new MetadataChecks(issuer.url(), metadata, findings).run());
    }

    void judgeIssuersSet(PublishedKeySet set) {
      new KeySetChecks(set, findings).runForIssuer();
      set.keys().forEach(key -> judgeKey(set, key));
      judged.addAll(set.signingThumbprints());
    }

    /**
     * What an issuer publishes too was judged there, unless the copy holds more than its public
     * part.
     */
    void judgeDeployedSet(PublishedKeySet set) {
      new KeySetChecks(set, findings).runForDeployed();
      for (PublishedKey key : set.keys()) {
        if (!key.secrets().isEmpty() || !key.thumbprint().map(judged::contains).orElse(false)) {
          judgeKey(set, key);
        }
      }
    }

    private void judgeKey(PublishedKeySet set, PublishedKey key) {
      new KeyChecks(set, options.keyPeriod(), now, findings).run(key);
      KeyAge.check(set, key, observations, options.keyPeriod(), now, findings);
      keys.add(seen(set, key));
    }

    private AssessmentReport.KeySeen seen(PublishedKeySet set, PublishedKey key) {
      Optional<KeyAge> age = KeyAge.of(set, key, observations);
      String description =
          switch (key.material()) {
            case PublishedKey.Material.Public material -> material.description();
            case PublishedKey.Material.Symmetric _ -> "symmetric";
            case PublishedKey.Material.BrokenExponent _ -> "RSA";
            case PublishedKey.Material.UnknownType _ -> Printable.of(key.type());
            case PublishedKey.Material.Unreadable _ -> "unreadable";
          };
      String use =
          Printable.of(
              "use "
                  + key.use().orElse("unstated")
                  + ", alg "
                  + key.algorithm().orElse("unstated"));
      return new AssessmentReport.KeySeen(
          Printable.of(set.address().toString()),
          key.kid().map(Printable::of),
          description,
          use,
          key.thumbprint(),
          age.map(KeyAge::since),
          age.map(KeyAge::source),
          key.ends()
              .or(
                  () ->
                      key.certificate().map(certificate -> certificate.getNotAfter().toInstant())));
    }

    void judgeToken(SampleToken sample, List<IssuerView> issuers, List<PublishedKeySet> deployed) {
      String label = Printable.of(sample.label());
      switch (ParsedToken.parse(sample.text(), limits)) {
        case ParsedToken.Signed token -> {
          samples.add(token);
          Set<String> names =
              issuers.stream()
                  .flatMap(issuer -> issuer.names().stream())
                  .collect(Collectors.toSet());
          new TokenChecks(names, options.keyPeriod(), findings).run(label, token);
          String signature =
              new TokenKeyChecks(issuers, deployed, observations, options.keyPeriod(), findings)
                  .run(label, token);
          tokens.add(
              new AssessmentReport.TokenSeen(
                  label,
                  "signed",
                  Json.text(token.claims(), "iss").map(Printable::of),
                  Json.text(token.header(), "alg").map(Printable::of),
                  Json.text(token.header(), "kid").map(Printable::of),
                  TokenChecks.life(token.claims()),
                  signature));
        }
        case ParsedToken.Encrypted _ ->
            addUnsigned(label, "encrypted", TokenFinding.TOKEN_ENCRYPTED, "five parts");
        case ParsedToken.Opaque _ ->
            addUnsigned(
                label, "opaque", TokenFinding.TOKEN_OPAQUE, sample.text().length() + " characters");
        case ParsedToken.Unreadable unreadable ->
            addUnsigned(label, "unreadable", TokenFinding.TOKEN_UNREADABLE, unreadable.why());
      }
    }

    private void addUnsigned(String label, String what, TokenFinding kind, String detail) {
      findings.add(kind, label + ": " + detail);
      tokens.add(
          new AssessmentReport.TokenSeen(
              label,
              what,
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              "not checked"));
    }
  }
}
