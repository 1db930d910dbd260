package dev.counterfoil.signin;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.DirectoryRefusedException;
import dev.counterfoil.directory.Person;
import dev.counterfoil.directory.UpstreamLinks;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.outbound.GuardedConnections;
import dev.counterfoil.pages.UpstreamOffer;
import dev.counterfoil.signin.FederatedSteps.Step;
import dev.counterfoil.signin.browser.Challenges;
import dev.counterfoil.signin.browser.SignInKey;
import dev.counterfoil.signin.upstream.Upstream;
import dev.counterfoil.signin.upstream.UpstreamClient;
import dev.counterfoil.signin.upstream.UpstreamIdentity;
import dev.counterfoil.signin.upstream.UpstreamRefusedException;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How people sign in at another provider.
 *
 * <ol>
 *   <li>The browser keeps what it is about, sealed, and goes to the provider with a state that
 *       proves itself, a nonce and the hash of a verifier. Nothing is kept here.
 *   <li>It comes back, to an address of that provider alone. The state is of this browser, used up,
 *       and of this provider; so is the issuer of the answer.
 *   <li>The provider's token endpoint gives an ID token for the code, which is checked.
 *   <li>Issuer and subject name the person, who was linked by themselves, by an invitation, or by
 *       what the operator allowed the provider to do. Nothing else does.
 *   <li>From here on it is a sign-in as any other: the event, the session, the way back. A crash
 *       between the link and the session leaves the link.
 * </ol>
 */
final class Federation {
  static final List<String> BY_UPSTREAM = List.of("fed");

  /** What a browser may bring along, so that its cookie stays small. */
  private static final int TO_MAX = 2_000;

  private static final String SEALED = "what a browser takes to a provider and back";
  private static final String PROPOSED = "an account that is proposed to be linked";
  private static final int BYTES_MAX = 16 * 1024;
  private static final int TEXT_MAX = 2_048;

  private final Map<String, UpstreamClient> clients;
  private final Directory directory;
  private final Beside beside;
  private final SignInKey key;
  private final Challenges states;
  private final SecureRandom random;
  private final InstantSource clock;

  Federation(
      SignIn.Settings settings,
      Directory directory,
      Beside beside,
      SignInKey key,
      SecureRandom random,
      InstantSource clock) {
    this.directory = directory;
    this.beside = beside;
    this.key = key;
    this.states = new Challenges(random, clock);
    this.random = random;
    this.clock = clock;
    this.clients = new LinkedHashMap<>();
    if (!settings.upstreams().isEmpty()) {
      GuardedConnections connections = GuardedConnections.ofHost();
      String base = settings.issuer().toString().replaceAll("/$", "");
      for (Upstream upstream : settings.upstreams()) {
        URI redirect = URI.create(base + callback(upstream.name()));
        if (clients.put(
                upstream.name(),
                new UpstreamClient(upstream, redirect, connections, settings.outbound(), clock))
            != null) {
          throw new IllegalArgumentException("two upstreams are called " + upstream.name());
        }
      }
    }
  }

  /** Where the answers of a provider come back: of no other (RFC 9700, 4.4.2.2). */
  static String callback(String name) {
    return "/sign-in/upstream/" + name;
  }

  List<String> names() {
    return List.copyOf(clients.keySet());
  }

  /** What a page offers to the people of a tenant, or to those of all. */
  List<UpstreamOffer> offers(Optional<String> tenant) {
    return clients.values().stream()
        .map(UpstreamClient::upstream)
        .filter(one -> tenant.isEmpty() || tenant.get().equals(one.tenant()))
        .map(one -> new UpstreamOffer(one.name(), one.label()))
        .toList();
  }

  Optional<Upstream> named(String name) {
    return Optional.ofNullable(clients.get(name)).map(UpstreamClient::upstream);
  }

  /**
   * What a browser is about to do at a provider.
   *
   * @param to where it goes afterwards
   * @param again whether a fresh proof is asked for
   * @param language of its pages
   * @param invitation the secret of one; empty for none
   * @param linking the subject of the person who links an account; empty for a sign-in
   */
  record Errand(String to, boolean again, String language, String invitation, String linking) {
    private static Errand of(JsonObject kept) throws FormatException {
      return new Errand(
          kept.string("to"),
          kept.truth("again"),
          kept.string("language"),
          kept.string("invitation"),
          kept.string("linking"));
    }

    /** Leaves the secret out. */
    @Override
    public String toString() {
      return "Errand[to " + to + "]";
    }
  }

  /** Where a browser is sent, and what it keeps. */
  record Sent(URI location, String cookie) {}

  /**
   * Sends a browser to a provider.
   *
   * @param browser the browser's own secret
   */
  Sent begin(String name, Errand errand, String browser)
      throws UpstreamRefusedException, IOException {
    UpstreamClient client = client(name);
    if (errand.to().length() > TO_MAX) {
      throw new UpstreamRefusedException("too-long", "what the application asks for is too long");
    }
    String state = Base64Url.encode(states.next(purpose(name, browser)));
    String nonce = randomText();
    String verifier = randomText();
    JsonObject kept =
        JsonObject.builder()
            .put("state", state)
            .put("nonce", nonce)
            .put("verifier", verifier)
            .put("to", errand.to())
            .put("again", errand.again())
            .put("language", errand.language())
            .put("invitation", errand.invitation())
            .put("linking", errand.linking())
            .put("at", clock.millis())
            .build();
    return new Sent(
        client.authorization(state, nonce, verifier, errand.again()), sealed(SEALED, kept));
  }

  /**
   * Whether a key of a provider made a signature.
   *
   * @throws IOException when its keys cannot be fetched
   */
  boolean isSigned(String name, String token) throws IOException {
    try {
      return client(name).isSigned(token);
    } catch (UpstreamRefusedException e) {
      throw new IOException(e);
    }
  }

  private UpstreamClient client(String name) throws UpstreamRefusedException {
    return Optional.ofNullable(clients.get(name))
        .orElseThrow(
            () -> new UpstreamRefusedException("unknown", "there is no such provider here"));
  }

  private static String purpose(String name, String browser) {
    return "sign-in at " + name + " of " + browser;
  }

  private String randomText() {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    return Base64Url.encode(bytes);
  }

  private String sealed(String purpose, JsonObject json) {
    return Base64Url.encode(key.seal(purpose, json.toString().getBytes(StandardCharsets.UTF_8)));
  }

  private Optional<JsonObject> opened(String purpose, String text) {
    try {
      Optional<byte[]> bytes = key.opened(purpose, Base64Url.decode(text));
      return bytes.isEmpty()
          ? Optional.empty()
          : Optional.of(StrictJson.object(bytes.get(), BYTES_MAX));
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  /** The provider cannot be asked now. */
  static final class UnreachableException extends Exception {
    private static final long serialVersionUID = 1L;

    UnreachableException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /** Who came back, and what for. */
  record Back(UpstreamIdentity identity, Upstream upstream, Errand errand) {}

  /** What the browser kept; empty when it kept nothing of ours. */
  Optional<Errand> errand(String cookie) {
    return opened(SEALED, cookie)
        .flatMap(
            kept -> {
              try {
                return Optional.of(Errand.of(kept));
              } catch (FormatException e) {
                return Optional.empty();
              }
            });
  }

  /**
   * Checks an answer of a provider.
   *
   * @param name of the provider to whose address it came
   * @param cookie what the browser kept
   * @param browser the browser's own secret
   */
  Back back(String name, ServerRequest request, String cookie, String browser)
      throws UpstreamRefusedException, UnreachableException {
    UpstreamClient client = client(name);
    JsonObject kept =
        opened(SEALED, cookie)
            .orElseThrow(
                () -> new UpstreamRefusedException("state", "the browser kept nothing of ours"));
    try {
      String expected = kept.string("state");
      boolean isSame =
          MessageDigest.isEqual(
              expected.getBytes(StandardCharsets.UTF_8),
              query(request, "state").orElse("").getBytes(StandardCharsets.UTF_8));
      byte[] state = Base64Url.decode(expected);
      if (!isSame || !states.isOpen(state, purpose(name, browser)) || !states.use(state)) {
        throw new UpstreamRefusedException(
            "state", "the state is used, too old, of another browser or of another provider");
      }
      if (query(request, "error").isPresent()) {
        throw new UpstreamRefusedException("denied", "the provider signed nobody in");
      }
      Errand errand = Errand.of(kept);
      Optional<Instant> since =
          errand.again() ? Optional.of(Instant.ofEpochMilli(kept.number("at"))) : Optional.empty();
      return new Back(identity(client, request, kept, since), client.upstream(), errand);
    } catch (FormatException e) {
      throw new UpstreamRefusedException("state", "the browser kept something else");
    }
  }

  private static UpstreamIdentity identity(
      UpstreamClient client, ServerRequest request, JsonObject kept, Optional<Instant> since)
      throws UpstreamRefusedException, UnreachableException, FormatException {
    String nonce = kept.string("nonce");
    String verifier = kept.string("verifier");
    try {
      return client.identity(
          query(request, "code").orElse(""), query(request, "iss"), nonce, verifier, since);
    } catch (IOException e) {
      throw new UnreachableException(e);
    }
  }

  private static Optional<String> query(ServerRequest request, String name) {
    return request.query().first(name).asOptional().filter(text -> text.length() <= TEXT_MAX);
  }

  /**
   * Whom an account signs in.
   *
   * @param invited who enrols with it
   * @throws UpstreamRefusedException when it is nobody's here
   */
  Step step(Back back, Optional<Person> invited) throws UpstreamRefusedException {
    UpstreamIdentity who = back.identity();
    UpstreamLinks links = directory.upstreamLinks();
    Optional<Person> linked = links.person(who.issuer(), who.subject());
    Optional<Person> sameEmail =
        linked.isEmpty() && back.upstream().linksByEmail() && who.emailVerified()
            ? who.email().flatMap(email -> links.ofVerifiedEmail(back.upstream().tenant(), email))
            : Optional.empty();
    Step step = FederatedSteps.next(back.upstream(), who, linked, invited, sameEmail);
    if (step instanceof Step.Refuse refuse) {
      throw new UpstreamRefusedException(refuse.code(), refuse.sentence());
    }
    return step;
  }

  /** Adds and links what the step says. */
  Person carryOut(ServerRequest request, Back back, Step step)
      throws UpstreamRefusedException, IOException {
    try {
      return switch (step) {
        case Step.SignIn signIn -> signIn.person();
        case Step.Link link -> link(request, back, link.person());
        case Step.Create create -> {
          Person made =
              directory.newPerson(
                  back.upstream().tenant(), create.username(), create.name(), create.email());
          Person added = create.emailVerified() ? made.withEmail(made.email(), true) : made;
          beside
              .events()
              .record(event(Operation.PERSON_ADD, request, added, back).user("upstream"));
          directory.add(added);
          yield link(request, back, added);
        }
        case Step.Refuse refuse ->
            throw new UpstreamRefusedException(refuse.code(), refuse.sentence());
      };
    } catch (DirectoryRefusedException e) {
      throw new UpstreamRefusedException("directory", String.valueOf(e.getMessage()));
    }
  }

  private Person link(ServerRequest request, Back back, Person person)
      throws DirectoryRefusedException, IOException {
    beside.events().record(event(Operation.UPSTREAM_LINK, request, person, back));
    UpstreamIdentity who = back.identity();
    directory
        .upstreamLinks()
        .link(person.subject(), who.issuer(), who.subject(), label(back.upstream(), who));
    return person;
  }

  private static EventDraft event(
      Operation operation, ServerRequest request, Person person, Back back) {
    return EventDraft.of(operation)
        .part(SignInDrafts.PART)
        .tenant(person.tenant())
        .address(ClientAddress.ofClient(request))
        .user(person.subject())
        .entity("person", person.subject())
        .message("account at the upstream " + back.upstream().name());
  }

  /** By what its person knows an account. */
  static String label(Upstream upstream, UpstreamIdentity who) {
    String name = who.username().or(who::email).or(who::name).orElse(who.subject());
    String label = upstream.label() + " · " + name;
    return label.length() > 200 ? label.substring(0, 200) : label;
  }

  /** An account that its person is asked about, for a form of ours. */
  String proposal(Back back) {
    UpstreamIdentity who = back.identity();
    return sealed(
        PROPOSED,
        JsonObject.builder()
            .put("person", back.errand().linking())
            .put("upstream", back.upstream().name())
            .put("account", who.subject())
            .put("label", label(back.upstream(), who))
            .put("at", clock.millis())
            .build());
  }

  /** Links what was proposed to the same person; whether it is linked now. */
  boolean accept(ServerRequest request, Person person, String proposal) throws IOException {
    Optional<JsonObject> said = opened(PROPOSED, proposal);
    if (said.isEmpty()) {
      return false;
    }
    try {
      Optional<Upstream> upstream = named(said.get().string("upstream"));
      Instant at = Instant.ofEpochMilli(said.get().number("at"));
      if (!said.get().string("person").equals(person.subject())
          || upstream.isEmpty()
          || !clock.instant().isBefore(at.plus(Challenges.LIFE))) {
        return false;
      }
      beside
          .events()
          .record(
              SignInDrafts.own(Operation.UPSTREAM_LINK, request, person, "person", person.subject())
                  .message("account at the upstream " + upstream.get().name()));
      directory
          .upstreamLinks()
          .link(
              person.subject(),
              upstream.get().issuer().toString(),
              said.get().string("account"),
              said.get().string("label"));
      return true;
    } catch (FormatException | DirectoryRefusedException e) {
      return false;
    }
  }
}
