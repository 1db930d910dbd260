package dev.counterfoil.signin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.DirectoryRefusedException;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.answers.BrowserForm;
import dev.counterfoil.http.answers.BusyException;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.http.listener.Listener;
import dev.counterfoil.http.listener.Problem;
import dev.counterfoil.http.outbound.OutboundGuard;
import dev.counterfoil.signin.attempts.AttemptsElsewhere;
import dev.counterfoil.signin.passwords.Passwords;
import dev.counterfoil.signin.sessions.Session;
import dev.counterfoil.signin.upstream.Upstream;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The pages of an issuer with a directory of its own, on a real listener. */
final class SignInServer implements AutoCloseable {
  final URI issuer;
  final Directory directory;
  final SignIn signIn;
  final MovedClock clock = new MovedClock();
  final List<String> events = Collections.synchronizedList(new ArrayList<>());
  final List<String> ended = Collections.synchronizedList(new ArrayList<>());

  /** Whether the records are whole. */
  volatile boolean isWhole = true;

  final List<InTheirName.Issued> issued = Collections.synchronizedList(new ArrayList<>());
  private final Listener listener;

  /** Now, and later when it is told so. */
  static final class MovedClock implements InstantSource {
    private volatile Duration ahead = Duration.ZERO;

    void forward(Duration by) {
      ahead = ahead.plus(by);
    }

    @Override
    public Instant instant() {
      return Instant.now().plus(ahead);
    }
  }

  private SignInServer(
      Path folder,
      URI issuer,
      int port,
      List<Upstream> upstreams,
      Optional<String> passkeyHost,
      List<URI> relatedOrigins,
      Map<String, List<String>> signInDomains)
      throws IOException {
    SecureRandom random = new SecureRandom();
    this.issuer = issuer;
    directory = Directory.open(folder.resolve("people.db"), random, clock);
    FailedRequests failed = new FailedRequests();
    signIn =
        SignIn.open(
            new SignIn.Settings(
                issuer,
                "Acme",
                folder.resolve("sessions.db"),
                folder.resolve("sign-in.key"),
                SignIn.Settings.SESSION_LIFE,
                true,
                upstreams,
                new OutboundGuard(List.of()),
                passkeyHost,
                relatedOrigins,
                signInDomains),
            directory,
            new Beside(
                new Events(),
                new Ends(),
                Optional.of(new Issues()),
                AttemptsElsewhere.NOWHERE,
                id -> "Mail of " + id),
            failed,
            random,
            clock);
    listener =
        Listener.start(
            new Listener.Settings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                4096,
                16384,
                BrowserForm.BYTES_MAX,
                false,
                64,
                Duration.ofSeconds(30),
                new ClientAddress(List.of())),
            Problem.Form.TEXT,
            failed,
            this::routes);
  }

  /** What hashes passwords, as the pages do. */
  static Passwords passwords() {
    return new Passwords(new SecureRandom(), _ -> Passwords.OURS);
  }

  private static final Map<String, String> HASHES = new ConcurrentHashMap<>();

  /** The hash of a password that all tests of this process share. */
  static String hash(String password) {
    return HASHES.computeIfAbsent(
        password,
        _ -> {
          try {
            return passwords().hash(password, "here");
          } catch (BusyException e) {
            throw new AssertionError(e);
          }
        });
  }

  static SignInServer start(Path folder) throws IOException {
    return start(folder, List.of());
  }

  static SignInServer start(Path folder, List<Upstream> upstreams) throws IOException {
    return start(folder, freePort(), upstreams);
  }

  static SignInServer start(Path folder, int port, List<Upstream> upstreams) throws IOException {
    return new SignInServer(
        folder, local(port), port, upstreams, Optional.empty(), List.of(), Map.of());
  }

  /** With tenants that have sign-in domains. */
  static SignInServer start(Path folder, Map<String, List<String>> signInDomains)
      throws IOException {
    int port = freePort();
    return new SignInServer(
        folder, local(port), port, List.of(), Optional.empty(), List.of(), signInDomains);
  }

  /** At a host of its own, behind what speaks TLS for it. */
  static SignInServer start(
      Path folder, URI issuer, int port, Optional<String> passkeyHost, List<URI> relatedOrigins)
      throws IOException {
    return new SignInServer(folder, issuer, port, List.of(), passkeyHost, relatedOrigins, Map.of());
  }

  private static URI local(int port) {
    return URI.create("http://localhost:" + port);
  }

  /** The origin stands in what a browser signs, so that the port is known beforehand. */
  static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0)) {
      return free.getLocalPort();
    }
  }

  /** A link by which a person enrols. */
  String link(Person person) throws DirectoryRefusedException {
    return issuer + "/enrol?invitation=" + directory.invite(person.subject(), Duration.ofHours(1));
  }

  private void routes(HttpRouting.Builder routing) {
    signIn.register(routing);
    // What the authority does, as far as these pages know of it.
    routing.get(
        "/authorize",
        (request, response) -> {
          Optional<Session> session = signIn.session(request);
          if (session.isEmpty()) {
            signIn.demand(
                request,
                response,
                new Demand("/authorize?request=1", Optional.of("alice"), false, Locale.ROOT));
            return;
          }
          signIn.askConsent(
              request,
              response,
              new ConsentQuestion(
                  session.get(),
                  "Expense robot",
                  URI.create("https://robot.acme.example/callback"),
                  List.of("openid", "profile", "offline_access", "receipts:read"),
                  "/decide",
                  Map.of("request", "1"),
                  Locale.ROOT));
        });
    routing.post(
        "/decide",
        (request, response) -> {
          BrowserForm form = BrowserForm.read(request);
          boolean ours = signIn.isFromOurPage(request, name -> Optional.of(form.field(name)));
          response.send(ours ? form.field("answer") : "not ours");
        });
    routing.get(
        "/broken",
        (request, response) ->
            signIn.error(
                request, response, 400, "The application is not known here.", "B7K2MMX4QT"));
    routing.get(
        "/how",
        (request, response) ->
            response.send(
                signIn
                    .session(request)
                    .map(session -> session.acr() + " " + session.amr())
                    .orElse("nobody")));
    routing.get("/out", (request, response) -> signIn.signedOut(request, response));
  }

  private final class Events implements SignInEvents {
    @Override
    public void record(EventDraft draft) {
      events.add(event(draft));
    }

    @Override
    public void recordEnd(EventDraft draft) {
      record(draft);
    }

    @Override
    public void refused(EventDraft draft, Operation operation, String code, String who) {
      event(draft);
      events.add(operation.code() + " refused " + code + " " + who);
    }
  }

  /** What the audit log does not take would be no event. */
  private String event(EventDraft draft) {
    JsonObject event = draft.at(clock.millis());
    try {
      assertThat(event.object("metadata").string("tenant_uid")).isNotEmpty();
      assertThat(event.object("actor").object("user").string("uid")).isNotEmpty();
    } catch (FormatException e) {
      throw new AssertionError(event.toString(), e);
    }
    return event.toString();
  }

  private final class Ends implements SignInListener {
    @Override
    public void sessionEnds(Session session) {
      // The end itself is what is looked at.
    }

    @Override
    public void sessionEnded(Session session) {
      ended.add("session " + session.subject());
    }

    @Override
    public void personRecovered(String subject) {
      ended.add("person " + subject);
    }

    @Override
    public void consentWithdrawn(String subject, String clientId) {
      ended.add("consent " + clientId);
    }
  }

  private final class Issues implements InTheirName {
    @Override
    public Listed list(String subject, Which which, Optional<String> before, int max) {
      return new Listed(
          issued.stream()
              .filter(
                  token -> which.clientId().filter(id -> !id.equals(token.clientId())).isEmpty())
              .filter(
                  token ->
                      which
                          .month()
                          .filter(
                              month ->
                                  !month.equals(
                                      YearMonth.from(token.issuedAt().atOffset(ZoneOffset.UTC))))
                          .isEmpty())
              .toList(),
          Optional.empty(),
          isWhole);
    }

    @Override
    public Optional<Followed> follow(String subject, String id) {
      return issued.stream()
          .filter(token -> token.id().equals(id))
          .findFirst()
          .map(
              token ->
                  new Followed(
                      token,
                      Optional.of(new From(token.issuedAt(), "hwk", Optional.empty())),
                      List.of(
                          new Use(
                              token.issuedAt(),
                              "read",
                              "mail",
                              Optional.of("box"),
                              Optional.of("192.0.2.1"))),
                      false));
    }

    @Override
    public byte[] export(String subject) {
      return "{}\n".getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public boolean revoke(String subject, String id, boolean notMe) {
      return issued.removeIf(token -> token.id().equals(id))
          && ended.add((notMe ? "not me " : "revoked ") + id);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    signIn.close();
    directory.close();
  }
}
