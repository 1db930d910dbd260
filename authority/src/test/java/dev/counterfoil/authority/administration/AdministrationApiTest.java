package dev.counterfoil.authority.administration;

import static dev.counterfoil.authority.RunningDomain.AUDIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jwt.SignedJWT;
import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.EventFeed.NumberedEvent;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.auditing.Administrator;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.RecordSource;
import dev.counterfoil.authority.connect.SignedInPerson;
import dev.counterfoil.authority.settings.AdministrationEntry;
import dev.counterfoil.authority.settings.AdministrationEntry.SecondPersonEntry;
import dev.counterfoil.directory.Groups;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The administration over HTTP, as its OpenAPI document says, and who may not. */
class AdministrationApiTest {
  private static final String ISSUER = "https://login.example";
  private static final String[] BOTH = {
    ClientRegistration.ADMIN_SCOPE, ClientRegistration.ADMIN_READ_SCOPE
  };

  @TempDir private static Path folder;
  private static RunningDomain shared;
  private static String sharedOperator;
  private static String sharedAcme;

  private ApiDocument document;
  private RunningDomain domain;
  private String operator;
  private String acme;

  @BeforeAll
  static void start() throws Exception {
    shared = new RunningDomain(folder.resolve("shared"));
    sharedOperator = new RecordSource(shared).token("operator", "counterfoil", ISSUER, BOTH);
    sharedAcme = new RecordSource(shared).token("acme-admin", "acme", ISSUER, BOTH);
  }

  @BeforeEach
  void begin() throws Exception {
    document = new ApiDocument();
    domain = shared;
    operator = sharedOperator;
    acme = sharedAcme;
  }

  /** A start takes a second, so each test finds the same domain, as the first one does. */
  @AfterEach
  void empty() throws Exception {
    for (Person one : shared.admin.people().list(Optional.empty())) {
      shared.admin.people().remove(one.username());
    }
    for (Groups.Counted one : shared.admin.groups().list(Optional.empty())) {
      shared.admin.groups().remove(one.group().tenant(), one.group().name(), OptionalLong.empty());
    }
    for (ClientRegistration one : shared.admin.list()) {
      if (!Set.of("operator", "acme-admin").contains(one.clientId())) {
        shared.admin.remove(one.clientId());
      }
    }
  }

  @AfterAll
  static void stop() throws Exception {
    shared.close();
  }

  /** An exchange, held against the document. */
  private final class Call {
    private final String method;
    private final String path;
    private String token = operator;
    private String body = "";
    private @Nullable String match;

    private Call(String method, String path) {
      this.method = method;
      this.path = path;
    }

    private Call by(String other) {
      token = other;
      return this;
    }

    private Call with(String json) {
      body = json.replace('\'', '"');
      return this;
    }

    private Call ifMatch(String tag) {
      match = tag;
      return this;
    }

    private HttpResponse<String> send() throws Exception {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(domain.at(AdministrationRoute.BASE + path))
              .header("Authorization", "Bearer " + token)
              .method(
                  method,
                  body.isEmpty()
                      ? HttpRequest.BodyPublishers.noBody()
                      : HttpRequest.BodyPublishers.ofString(body));
      if (!body.isEmpty()) {
        request.header("Content-Type", "application/json");
      }
      if (match != null) {
        request.header("If-Match", match);
      }
      return domain.send(request);
    }

    private JsonObject gives(int status) throws Exception {
      HttpResponse<String> response = send();
      assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
      route().ifPresent(route -> check(route, response));
      return RunningDomain.json(response);
    }

    /** The ETag of what is there. */
    private String tag() throws Exception {
      return send().headers().firstValue("ETag").orElseThrow();
    }

    private Optional<AdministrationRoute> route() {
      List<String> segments = List.of(path.replaceFirst("\\?.*", "").substring(1).split("/", -1));
      return AdministrationRoute.ALL.stream()
          .filter(route -> route.method().text().equals(method))
          .filter(route -> route.match(segments).isPresent())
          .findFirst();
    }

    private void check(AdministrationRoute route, HttpResponse<String> response) {
      try {
        document.check(route, body, response.statusCode(), response.body());
      } catch (Exception e) {
        throw new AssertionError(path, e);
      }
    }
  }

  private Call get(String path) {
    return new Call("GET", path);
  }

  private Call post(String path) {
    return new Call("POST", path);
  }

  private Call delete(String path) {
    return new Call("DELETE", path);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private List<AuditEvent> events(long from) throws Exception {
    // What nobody waits for is written a moment later, in order: this one comes behind it.
    domain
        .server()
        .audit()
        .client()
        .record(EventDraft.of(Operation.AUDIT_EXPORT).tenant("test").socket("test"));
    List<AuditEvent> events = new ArrayList<>();
    for (NumberedEvent event :
        domain.server().audit().client().spool().waiting(from, 1000, 1 << 24)) {
      AuditEvent parsed = AuditEvent.parseReported(event.line().getBytes(StandardCharsets.UTF_8));
      if (!parsed.tenant().equals("test")) {
        events.add(parsed);
      }
    }
    return events;
  }

  private long recorded() {
    return domain.server().audit().client().spool().size();
  }

  private static final String SHOP =
      "{'client_id':'app://shop','tenant':'acme','token_endpoint_auth_method':"
          + "'client_secret_basic','audiences':['"
          + AUDIENCE
          + "'],'scopes':['read']}";

  @Test
  void everyRouteHasItsRowAndEveryRowItsRoute() throws Exception {
    assertThat(document.operations())
        .isEqualTo(
            AdministrationRoute.ALL.stream()
                .map(route -> route.method().text() + " " + route.template())
                .collect(Collectors.toCollection(TreeSet::new)));
    for (AdministrationRoute route : AdministrationRoute.ALL) {
      String method = route.method().text();
      String path = route.template();
      assertThat(document.parameters(method, path, "query").keySet())
          .as(path)
          .isEqualTo(Set.copyOf(route.query()));
      assertThat(document.parameters(method, path, "header"))
          .as(path)
          .isEqualTo(
              switch (route.match()) {
                case NONE -> Map.of();
                case OPTIONAL -> Map.of("If-Match", false);
                case REQUIRED -> Map.of("If-Match", true);
              });
      assertThat(
              document
                  .operation(method, path)
                  .objects("security")
                  .getFirst()
                  .strings("accessToken"))
          .containsExactly(route.scope());
      String schema = document.requestSchema(method, path);
      switch (route.body()) {
        case AdministrationRoute.Body.None none -> assertThat(schema).as(path).isEmpty();
        case AdministrationRoute.Body.Members members ->
            assertThat(document.members(schema)).isEqualTo(Set.copyOf(members.names()));
        case AdministrationRoute.Body.Registration registration ->
            assertThat(schema).isEqualTo("Registration");
      }
    }
  }

  @Test
  void everyOperationAnswersAsTheDocumentSays() throws Exception {
    post("/people")
        .with("{'tenant':'acme','username':'alice','name':'Alice','email':'a@acme.example'}")
        .gives(201);
    post("/people").with("{'tenant':'acme','username':'alice','name':'Alice'}").gives(409);
    get("/people?tenant=acme").gives(200);
    String read = get("/people/alice").tag();
    get("/people/alice").gives(200);
    new Call("PATCH", "/people/alice").ifMatch(read).with("{'name':'Alice L.'}").gives(200);
    new Call("PATCH", "/people/alice").ifMatch(read).with("{'name':'Eve'}").gives(412);
    new Call("PATCH", "/people/alice").with("{'name':'Eve'}").gives(428);
    assertThat(post("/people/alice/invitation").with("{'life':60}").gives(200).string("link"))
        .startsWith(ISSUER);
    post("/people/alice/recovery").with("{'life':60}").gives(200);
    post("/people/alice/disable").gives(200);
    post("/people/alice/enable").gives(200);
    get("/people/alice/sessions").gives(200);
    delete("/people/alice/sessions/none").gives(404);
    get("/people/alice/consents").gives(200);
    delete("/people/alice/consents/none").gives(404);
    SignedInPerson signedIn = new SignedInPerson(domain, "erin");
    signedIn.allow();
    JsonObject session = get("/people/erin/sessions").gives(200).objects("sessions").getFirst();
    delete("/people/erin/sessions/" + session.string("id")).gives(200);
    assertThat(get("/people/erin/sessions").gives(200).objects("sessions")).isEmpty();
    assertThat(get("/people/erin/consents").gives(200).objects("consents")).hasSize(1);
    delete("/people/erin/consents/erin").gives(200);
    assertThat(get("/people/erin/consents").gives(200).objects("consents")).isEmpty();
    post("/people/alice/reset").gives(200);
    get("/people/nobody").gives(404);

    post("/groups").with("{'tenant':'acme','name':'staff/berlin'}").gives(201);
    String group = "/groups/acme/" + encoded("staff/berlin");
    String groupTag = get(group).tag();
    new Call("PUT", group + "/members/alice").ifMatch(groupTag).gives(200);
    new Call("PUT", "/groups/globex/" + encoded("staff/berlin") + "/members/alice").gives(404);
    get(group).gives(200);
    get("/groups").gives(200);
    delete(group + "/members/alice").ifMatch(groupTag).gives(412);
    delete(group + "/members/alice").gives(200);
    delete(group).gives(200);
    delete("/people/alice").gives(200);

    assertThat(post("/clients").with(SHOP).gives(201).string("client_secret")).isNotEmpty();
    post("/clients").with(SHOP.replace("read", "write")).gives(409);
    String shop = "/clients/" + encoded("app://shop");
    String shopTag = get(shop).tag();
    get(shop).gives(200);
    get("/clients").gives(200);
    assertThat(get("/clients?unused_seconds=7776000").gives(200).objects("clients")).isEmpty();
    assertThat(get("/clients?unused_seconds=0").gives(200).objects("clients")).isNotEmpty();
    get("/clients?unused_seconds=90d").gives(400);
    new Call("PUT", shop).ifMatch(shopTag).with(SHOP.replace("read", "write")).gives(200);
    new Call("PUT", shop).ifMatch(shopTag).with(SHOP).gives(412);
    new Call("PUT", shop).with(SHOP).gives(428);
    post(shop + "/secret").with("{'keep_old':true}").gives(200);
    delete(shop + "/old-secret").gives(200);
    post(shop + "/expiry").with("{'expires_at':4000000000}").gives(200);
    post(shop + "/expiry").gives(200);
    post(shop + "/disable").gives(200);
    post(shop + "/enable").gives(200);
    delete(shop).gives(200);
    get(shop).gives(404);

    contains();
    tellsOfNotices();

    get("/waiting").gives(200);
    post("/waiting/a1/confirm").gives(404);

    Set<String> rest = new TreeSet<>(document.operations());
    rest.removeAll(document.done());
    // Where a second person is asked for: below.
    assertThat(rest).containsExactly("POST /waiting/{id}/confirm");
  }

  private List<String> codes(long from) throws Exception {
    List<String> codes = new ArrayList<>();
    for (AuditEvent event : events(from)) {
      codes.add(event.json().object("metadata").string("event_code"));
    }
    return codes;
  }

  /** The scope of the response process takes access away, and is refused all else. */
  private void contains() throws Exception {
    String response =
        new RecordSource(domain)
            .token("response", "counterfoil", ISSUER, ClientRegistration.RESPOND_SCOPE);
    post("/clients").with(SHOP).gives(201);
    post("/people").with("{'tenant':'acme','username':'bob','name':'Bob'}").gives(201);
    String bob = get("/people/bob").gives(200).object("person").string("subject");
    String shop = "{'client_id':'app://shop'";
    JsonObject tried =
        post("/containment/clients").by(response).with(shop + ",'dry_run':true}").gives(200);
    assertThat(tried.number("reach")).isEqualTo(1);
    assertThat(
            get("/clients/" + encoded("app://shop")).gives(200).object("standing").get("disabled"))
        .isEqualTo(false);
    long before = recorded();
    post("/containment/clients").by(response).with(shop + "}").gives(200);
    assertThat(codes(before)).containsExactly("client.admit");
    assertThat(
            get("/clients/" + encoded("app://shop")).gives(200).object("standing").get("disabled"))
        .isEqualTo(true);
    // Asked again, it changes nothing and reaches nobody.
    assertThat(
            post("/containment/clients").by(response).with(shop + "}").gives(200).number("reach"))
        .isZero();
    before = recorded();
    assertThat(
            post("/containment/people")
                .by(response)
                .with("{'subject':'" + bob + "'}")
                .gives(200)
                .number("reach"))
        .isZero();
    assertThat(codes(before)).containsExactly("person.contain");
    post("/containment/people").by(response).with("{'subject':'nobody'}").gives(404);
    post("/containment/clients").by(response).with("{'client_id':'operator'}").gives(403);
    post("/containment/clients").with(shop + "}").gives(403);
    post("/clients/" + encoded("app://shop") + "/enable").by(response).gives(403);
    get("/people/bob").by(response).gives(403);
    String jti = SignedJWT.parse(response).getJWTClaimsSet().getJWTID();
    post("/containment/tokens").by(response).with("{'token':'" + jti + "'}").gives(200);
    domain.admin.remove("response");
    delete("/people/bob").gives(200);
    delete("/clients/" + encoded("app://shop")).gives(200);
  }

  /** The scope of the disclosure process tells streams of a tenant, and is refused all else. */
  private void tellsOfNotices() throws Exception {
    RecordSource clients = new RecordSource(domain);
    String disclosure =
        clients.token("disclosure", "counterfoil", ISSUER, ClientRegistration.NOTICE_SCOPE);
    String notice =
        "{'tenant':'acme','notice':'7K3Q-0VXA-9ZTM','digest':'"
            + Hash.sha256(new byte[] {1}).base64Url()
            + "','verify':'login.example/disclosure/codes/7K3Q-0VXA-9ZTM.txt'}";
    // No stream of the tenant is there to hear of it.
    post("/notices").by(disclosure).with(notice).gives(404);
    String receiver = clients.token("receiver", "acme", ISSUER, "ssf.manage");
    assertThat(
            domain
                .send(
                    HttpRequest.newBuilder(domain.at("/ssf/stream"))
                        .header("Authorization", "Bearer " + receiver)
                        .POST(HttpRequest.BodyPublishers.ofString("{}")))
                .statusCode())
        .isEqualTo(201);
    long before = recorded();
    assertThat(post("/notices").by(disclosure).with(notice).gives(200).number("streams"))
        .isEqualTo(1);
    assertThat(codes(before)).contains("signal.tell");
    post("/notices").by(disclosure).with(notice).gives(200);
    JsonObject event = polled(receiver);
    assertThat(event.names()).as("told once").hasSize(1);
    assertThat(RunningDomain.claims(event.string(event.names().iterator().next())).toString())
        .contains("notice-published", "7K3Q-0VXA-9ZTM", "codes/7K3Q-0VXA-9ZTM.txt");
    post("/notices").by(disclosure).with(notice.replace("'acme'", "'other'")).gives(404);
    post("/notices").by(disclosure).with(notice.replace("7K3Q-0", "7k3q 0")).gives(400);
    post("/notices").with(notice).gives(403);
    String ofAcme = clients.token("of-acme", "acme", ISSUER, ClientRegistration.NOTICE_SCOPE);
    post("/notices").by(ofAcme).with(notice.replace("'acme'", "'other'")).gives(403);
    get("/people").by(disclosure).gives(403);
    for (String one : List.of("disclosure", "receiver", "of-acme")) {
      domain.admin.remove(one);
    }
  }

  private JsonObject polled(String receiver) throws Exception {
    return RunningDomain.json(
            domain.send(
                HttpRequest.newBuilder(domain.at("/ssf/poll"))
                    .header("Authorization", "Bearer " + receiver)
                    .POST(HttpRequest.BodyPublishers.ofString("{}"))))
        .object("sets");
  }

  @Test
  void aProgramsChangeWaitsForAnotherAdministrator() throws Exception {
    domain =
        RunningDomain.administered(
            folder.resolve("two"),
            ISSUER,
            Optional.of(
                new AdministrationEntry(
                    true,
                    List.of(),
                    Optional.of(
                        new SecondPersonEntry(true, Duration.ofHours(1), List.of("app://shop"))))));
    operator = administrator("operator", "counterfoil");
    String other = administrator("other", "counterfoil");
    acme = administrator("acme-admin", "acme");

    String id = post("/clients").with(SHOP).gives(202).string("waits");
    get("/clients/" + encoded("app://shop")).gives(404);
    post("/waiting/" + id + "/confirm").gives(403);
    assertThat(get("/waiting").by(acme).gives(200).objects("waiting")).hasSize(1);
    assertThat(post("/waiting/" + id + "/confirm").by(other).gives(200).string("client_secret"))
        .isNotEmpty();
    get("/clients/" + encoded("app://shop")).gives(200);

    // Who is no administrator any more when it is confirmed has asked for nothing.
    String secret =
        post("/clients/" + encoded("app://shop") + "/secret").gives(202).string("waits");
    domain.admin.admit("operator", false);
    post("/waiting/" + secret + "/confirm").by(other).gives(403);
    domain.close();
  }

  /** A program that two persons made an administrator. */
  private String administrator(String id, String tenant) throws Exception {
    return new RecordSource(domain).token(id, tenant, ISSUER, this::byTwo, BOTH);
  }

  private void byTwo(ClientRegistration client) throws FormatException {
    AdminCommands commands = domain.server().commands();
    Answer.Done asked =
        (Answer.Done)
            commands.carryOut(
                new Request.Command(ClientCommands.REGISTER, client.toJson()), user("anna"));
    commands.carryOut(
        new Request.Command(
            SecondPersonDesk.CONFIRM,
            JsonObject.builder().put("id", asked.result().string("waits")).build()),
        user("ben"));
  }

  private static Administrator user(String name) {
    return Administrator.atSocket(new SignerServer.Peer(name));
  }

  @Test
  void aChangeIsOneEventWithWhoWhatBeforeAndAfter() throws Exception {
    post("/people").with("{'tenant':'acme','username':'alice','name':'Alice'}").gives(201);
    String tag = get("/people/alice").tag();
    long before = recorded();
    new Call("PATCH", "/people/alice").by(acme).ifMatch(tag).with("{'name':'Al'}").gives(200);

    assertThat(events(before)).hasSize(1);
    AuditEvent event = events(before).getFirst();
    assertThat(event.tenant()).isEqualTo("acme");
    assertThat(event.json().object("metadata").string("event_code")).isEqualTo("person.update");
    assertThat(event.keys().actor()).contains("acme-admin");
    assertThat(event.keys().address()).contains("127.0.0.1");
    assertThat(event.keys().token()).contains(RunningDomain.claims(acme).string("jti"));
    assertThat(event.json().string("message")).contains("\"Alice\"").contains("\"Al\"");
  }

  @Test
  void aTenantsAdministratorReachesItsTenantAlone() throws Exception {
    post("/people").with("{'tenant':'acme','username':'alice','name':'Alice'}").gives(201);
    post("/people").with("{'tenant':'globex','username':'gil','name':'Gil'}").gives(201);
    post("/groups").with("{'tenant':'globex','name':'staff'}").gives(201);
    post("/clients").with(SHOP.replace("acme", "globex").replace("shop", "g")).gives(201);
    String theirs = "/clients/" + encoded("app://g");
    String tag = get(theirs).tag();

    // The control: its own people.
    assertThat(get("/people").by(acme).gives(200).objects("people"))
        .extracting(one -> one.string("username"))
        .containsExactly("alice");
    post("/people/alice/disable").by(acme).gives(200);
    post("/clients").by(acme).with(SHOP).gives(201);

    get("/people?tenant=globex").by(acme).gives(403);
    get("/people/gil").by(acme).gives(404);
    for (String what : List.of("disable", "enable", "reset")) {
      post("/people/gil/" + what).by(acme).gives(404);
    }
    post("/people/gil/invitation").by(acme).with("{'life':60}").gives(404);
    delete("/people/gil").by(acme).gives(404);
    get("/people/gil/sessions").by(acme).gives(404);
    get("/people/gil/consents").by(acme).gives(404);
    delete("/people/gil/sessions/any").by(acme).gives(404);
    delete("/people/gil/consents/any").by(acme).gives(404);
    post("/people").by(acme).with("{'tenant':'globex','username':'x','name':'X'}").gives(403);
    get("/groups/globex/staff").by(acme).gives(403);
    new Call("PUT", "/groups/globex/staff/members/gil").by(acme).gives(403);
    new Call("PUT", "/groups/acme/staff/members/gil").by(acme).gives(404);
    assertThat(get("/groups").by(acme).gives(200).objects("groups")).isEmpty();
    get(theirs).by(acme).gives(404);
    post(theirs + "/secret").by(acme).gives(404);
    delete(theirs).by(acme).gives(404);
    new Call("PUT", theirs).by(acme).ifMatch(tag).with(SHOP.replace("shop", "g")).gives(404);
    post("/clients").by(acme).with(SHOP.replace("acme", "globex").replace("shop", "h")).gives(403);
    assertThat(get("/clients").by(acme).gives(200).objects("clients"))
        .extracting(one -> one.string("tenant"))
        .containsOnly("acme");
  }

  @Test
  void aTenantsAdministratorMakesNoAdministratorAndTakesNoOperatorsClient() throws Exception {
    new RecordSource(domain).token("custodian", "acme", ISSUER, "counterfoil:custody");
    String reserved = SHOP.replace("'read'", "'counterfoil:custody'");

    post("/clients").by(acme).with(reserved).gives(403);
    delete("/clients/custodian").by(acme).gives(403);
    post("/clients/custodian/disable").by(acme).gives(403);
    post("/clients").by(acme).with(SHOP).gives(201);
    String shop = "/clients/" + encoded("app://shop");
    new Call("PUT", shop).by(acme).ifMatch(get(shop).tag()).with(reserved).gives(403);
    // The control: the operator may.
    new Call("PUT", shop).ifMatch(get(shop).tag()).with(reserved).gives(200);
  }

  @Test
  void whoIsNoAdministratorIsRefusedAndRecorded() throws Exception {
    String reads =
        new RecordSource(domain)
            .token("reader", "counterfoil", ISSUER, ClientRegistration.ADMIN_READ_SCOPE);
    String other = new RecordSource(domain).token("mail", "counterfoil", ISSUER, "openid");
    String elsewhere = new RecordSource(domain).token("elsewhere", "counterfoil", AUDIENCE, BOTH);
    get("/people").by(reads).gives(200);

    post("/people").by(reads).with("{'tenant':'a','username':'x','name':'X'}").gives(403);
    get("/people").by(other).gives(403);
    get("/people").by(elsewhere).gives(401);
    get("/people").by("nonsense").gives(401);
    long before = recorded();
    // A good signature of the domain's key over a token that was never issued.
    get("/people").by(domain.signer.forgeAlike(operator)).gives(401);
    assertThat(domain.get(AdministrationRoute.BASE + "/people").statusCode()).isEqualTo(401);
    assertThat(events(before))
        .extracting(event -> event.json().object("metadata").string("event_code"))
        .contains("administration.refuse");
  }

  @Test
  void aClientThatIsNoAdministratorAnyMoreIsNoneAtOnce() throws Exception {
    String fallen = new RecordSource(domain).token("fallen", "counterfoil", ISSUER, BOTH);
    get("/people").by(fallen).gives(200);
    ClientRegistration registration = domain.admin.find("fallen").orElseThrow();
    domain.admin.update(
        ClientRegistration.withKeys(
            "fallen",
            "counterfoil",
            registration.jwks().orElseThrow(),
            List.of(ISSUER),
            List.of("read")));

    get("/people").by(fallen).gives(403);
  }

  @Test
  void noAdministratorHasASecretOrSignsPeopleIn() {
    assertThatThrownBy(
            () ->
                ClientRegistration.withSecret(
                    "x", "acme", List.of(ISSUER), List.of(ClientRegistration.ADMIN_SCOPE)))
        .hasMessageContaining("private_key_jwt");
  }

  @Test
  void whatIsSpelledWronglyIsRefused() throws Exception {
    post("/people").with("{'tenant':'acme','username':'alice','name':'Alice'}").gives(201);

    post("/people").with("{'tenant':'acme','tenant':'b','username':'x','name':'X'}").gives(400);
    post("/people").with("{'tenant':'acme','username':'x','name':'X','admin':true}").gives(400);
    post("/people").with("{'tenant':7,'username':'x','name':'X'}").gives(400);
    post("/people").with("[]").gives(400);
    post("/people/alice/disable").with("{'disabled':false}").gives(400);
    new Call("PATCH", "/people/alice").ifMatch("*").with("{'name':'X'}").gives(400);
    new Call("PATCH", "/people/alice").ifMatch("W/\"1\"").with("{'name':'X'}").gives(400);
    new Call("PATCH", "/people/alice").ifMatch("\"1\"").with("{'username':'bob'}").gives(400);
    delete("/people/alice").ifMatch("\"1\"").gives(400);
    get("/people?tenant=acme&tenant=b").gives(400);
    get("/people?all=1").gives(400);
    get("/people/alice?tenant=acme").gives(400);
    new Call("PUT", "/clients/other").ifMatch("\"1\"").with(SHOP).gives(400);
    for (String nowhere :
        List.of("/", "", "/people/", "/people/%2e%2e/clients", "/people/alice/x", "/PEOPLE")) {
      assertThat(get(nowhere).send().statusCode()).as(nowhere).isEqualTo(404);
    }
    HttpResponse<String> wrongMethod = new Call("PUT", "/people").send();
    assertThat(wrongMethod.statusCode()).isEqualTo(405);
    assertThat(wrongMethod.headers().firstValue("Allow")).contains("GET, POST");
    assertThat(get("/people/alice").gives(200).object("person").truth("disabled")).isFalse();
  }

  @Test
  void tooManyRequestsOfOneClientAreRefusedAndNotThoseOfAnother() throws Exception {
    String busy = new RecordSource(domain).token("busy", "acme", ISSUER, BOTH);
    int last = 200;
    for (int i = 0; i < 2 * AdministrationApi.BURST && last == 200; i++) {
      last = get("/people").by(busy).send().statusCode();
    }
    assertThat(last).isEqualTo(429);
    get("/people").gives(200);
  }

  @Test
  void aProxyOnTheSameHostLetsNobodyIn() throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(domain.at(AdministrationRoute.BASE + "/people"))
            .header("Authorization", "Bearer " + operator)
            .header("X-Forwarded-For", "192.0.2.7");

    assertThat(domain.send(request.GET()).statusCode()).isEqualTo(403);
  }

  @Test
  void whereItIsNotConfiguredNothingLiesThere() throws Exception {
    try (RunningDomain off = RunningDomain.withoutAdministration(folder.resolve("off"), ISSUER)) {
      assertThat(off.get(AdministrationRoute.BASE + "/people").statusCode()).isEqualTo(404);
    }
  }
}
