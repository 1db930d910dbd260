package dev.counterfoil.monitor.http;

import dev.counterfoil.audit.access.AuditBusyException;
import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.RouteAudit;
import dev.counterfoil.auditserver.ReadRecord;
import dev.counterfoil.auditserver.RoutePlace;
import dev.counterfoil.auditserver.events.AuditRoutes;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.BearerCheck;
import dev.counterfoil.http.answers.Caller;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Problem;
import dev.counterfoil.monitor.findings.FindingDesk;
import dev.counterfoil.monitor.findings.FindingPages;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.findings.Suppressions;
import dev.counterfoil.monitor.incidents.IncidentStore;
import dev.counterfoil.monitor.incidents.TouchedByIncident;
import dev.counterfoil.monitor.issued.AcknowledgementReport;
import dev.counterfoil.monitor.issued.StatedKeys;
import dev.counterfoil.monitor.watching.FollowedDomain;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What people look at who signed in: all of a trust domain for those who run it, and for a tenant's
 * people what names their tenant. Whose people they are, their token says.
 */
public final class ViewRoutes {
  /** The scope of people who look. */
  public static final String VIEW_SCOPE = "counterfoil:view";

  /** The scope of people who change incidents, and suppress or judge findings. */
  public static final String INCIDENTS_SCOPE = "counterfoil:incidents";

  private static final String ID = "id";
  private static final int BODY_BYTES_MAX = 16 * 1024;
  private static final int NAME_MAX = 100;
  private static final int ABOUT_MAX = 1024;
  private static final int EVENT_TEXT_MAX = 1000;

  private final BearerCheck callers;
  private final FindingStore store;
  private final FindingPages findings;
  private final FindingDesk desk;
  private final IncidentStore incidents;
  private final TouchedByIncident touched;
  private final AcknowledgementReport acknowledgements;
  private final ReadRecord ownEvents;
  private final List<FollowedDomain> domains;
  private final InstantSource clock;

  public ViewRoutes(
      BearerCheck callers,
      FindingStore findings,
      FindingDesk desk,
      IncidentStore incidents,
      TouchedByIncident touched,
      AcknowledgementReport acknowledgements,
      ReadRecord ownEvents,
      List<FollowedDomain> domains,
      InstantSource clock) {
    this.callers = callers;
    this.store = findings;
    this.findings = findings.pages();
    this.desk = desk;
    this.incidents = incidents;
    this.touched = touched;
    this.acknowledgements = acknowledgements;
    this.ownEvents = ownEvents;
    this.domains = List.copyOf(domains);
    this.clock = clock;
  }

  /** Everything that has a path of its own here, and incidents as programs read them. */
  public List<RoutePlace> places() {
    RouteAudit audit = RouteAudit.events(Operation.FINDINGS_READ);
    List<RoutePlace> places =
        new ArrayList<>(new IncidentRoutes(callers, incidents, touched, ownEvents).places());
    places.addAll(
        List.of(
            RoutePlace.get("/view/findings", audit, this::listFindings),
            RoutePlace.get("/view/findings/{id}", audit, this::showFinding),
            RoutePlace.post(
                "/view/findings/{id}",
                RouteAudit.events(Operation.FINDING_JUDGE),
                this::judgeFinding),
            RoutePlace.get("/view/keys", audit, this::listKeys),
            RoutePlace.get("/view/suppressions", audit, this::listSuppressions),
            RoutePlace.post(
                "/view/suppressions",
                RouteAudit.events(Operation.FINDING_SUPPRESS),
                this::changeSuppressions),
            RoutePlace.get("/view/incidents", audit, this::listIncidents),
            RoutePlace.get("/view/incidents/{id}", audit, this::showIncident),
            RoutePlace.post(
                "/view/incidents/{id}",
                RouteAudit.events(Operation.INCIDENT_CHANGE),
                this::changeIncident),
            RoutePlace.get(
                "/view/acknowledgements",
                RouteAudit.events(Operation.ACKNOWLEDGEMENTS_READ),
                this::listAcknowledgements)));
    return places;
  }

  private static boolean isOperator(Caller caller) {
    return caller.tenant().equals(KeyCeiling.OWN_TENANT);
  }

  /** The tenant that all is bound to; empty for those who run the domain. */
  private static Optional<String> tenant(Caller caller) {
    return isOperator(caller) ? Optional.empty() : Optional.of(caller.tenant());
  }

  private static FindingPages.Fenced fence(Caller caller) {
    return new FindingPages.Fenced(caller.domain(), tenant(caller));
  }

  private Caller operator(ServerRequest request, String scope) throws RefusedRequestException {
    Caller caller = Answers.caller(callers, request, scope);
    if (!isOperator(caller)) {
      throw new RefusedRequestException(
          new Problem(
              403,
              "foreign-tenant",
              "this is of every tenant: it takes a token of tenant " + KeyCeiling.OWN_TENANT),
          caller);
    }
    return caller;
  }

  private void read(Caller caller, ServerRequest request, String about)
      throws RefusedRequestException {
    ownEvents.read(Operation.FINDINGS_READ, caller, ClientAddress.ofClient(request), about);
  }

  private void listFindings(ServerRequest request, ServerResponse response)
      throws RefusedRequestException {
    Caller caller = Answers.caller(callers, request, VIEW_SCOPE);
    String before = request.query().first("before").orElse("");
    String about = request.query().first("about").orElse("");
    if (about.length() > ABOUT_MAX) {
      throw new RefusedRequestException(Problem.malformed("about is too long"));
    }
    long below = before.isEmpty() ? Long.MAX_VALUE : number(before);
    read(caller, request, "findings");
    List<JsonObject> page = findings.page(fence(caller), below, about);
    JsonObject.Builder json = JsonObject.builder().put("findings", page);
    if (page.size() == FindingPages.SHOWN_MAX) {
      json.put("next_before", String.valueOf(page.getLast().get(ID)));
    }
    Answers.send(response, json.build());
  }

  private void showFinding(ServerRequest request, ServerResponse response)
      throws RefusedRequestException {
    Caller caller = Answers.caller(callers, request, VIEW_SCOPE);
    long id = number(request.path().pathParameters().get(ID));
    read(caller, request, "finding " + id);
    Answers.send(
        response,
        findings.find(fence(caller), id).orElseThrow(() -> missing("finding " + id, caller)));
  }

  /** For those who run the domain: what its key log states, beside what was forged. */
  private void listKeys(ServerRequest request, ServerResponse response)
      throws RefusedRequestException {
    Caller caller = operator(request, VIEW_SCOPE);
    read(caller, request, "keys");
    FollowedDomain domain =
        domains.stream()
            .filter(one -> one.name().equals(caller.domain()))
            .findFirst()
            .orElseThrow(() -> missing("domain " + caller.domain(), caller));
    KeySet keys =
        domain
            .keySet()
            .orElseThrow(
                () ->
                    new RefusedRequestException(
                        new Problem(
                            503, "unavailable", "the key log of the domain was not read yet"),
                        caller));
    Map<String, Long> forged = new HashMap<>();
    store.forgedByKey(key -> forged.put(key.kid(), key.count() - key.twoHistories()));
    Answers.send(response, StatedKeys.json(keys, clock.instant(), domain::heldSize, forged));
  }

  private void listIncidents(ServerRequest request, ServerResponse response)
      throws RefusedRequestException {
    Caller caller = Answers.caller(callers, request, VIEW_SCOPE);
    read(caller, request, "incidents");
    Answers.send(
        response,
        JsonObject.builder()
            .put(
                "incidents",
                incidents.list(
                    Optional.of(caller.domain()), tenant(caller), request.query().contains("all")))
            .build());
  }

  private void showIncident(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    Caller caller = Answers.caller(callers, request, VIEW_SCOPE);
    long id = number(request.path().pathParameters().get(ID));
    read(caller, request, "incident " + id);
    try {
      Answers.send(
          response,
          touched
              .of(
                  id,
                  Optional.of(caller.domain()),
                  tenant(caller),
                  new Reader(
                      caller.client(),
                      caller.person(),
                      Optional.of(ClientAddress.ofClient(request))))
              .orElseThrow(() -> missing("incident " + id, caller)));
    } catch (FormatException e) {
      throw new RefusedRequestException(Problem.malformed(String.valueOf(e.getMessage())));
    } catch (AuditUnavailableException e) {
      throw new RefusedRequestException(
          new Problem(503, "audit-unavailable", String.valueOf(e.getMessage())));
    } catch (AuditBusyException e) {
      response.header(HeaderNames.RETRY_AFTER, "5");
      throw new RefusedRequestException(AuditRoutes.busy(e));
    }
  }

  /** Recorded before it is done, with the subject of the person's own token. */
  private void changeIncident(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    Caller caller = operator(request, INCIDENTS_SCOPE);
    long id = number(request.path().pathParameters().get(ID));
    try (InputStream body = request.content().inputStream()) {
      JsonObject asked = StrictJson.object(body.readNBytes(BODY_BYTES_MAX + 1), BODY_BYTES_MAX);
      IncidentStore.Change change = IncidentStore.Change.of(asked.string("do"));
      String text = asked.optionalString("text").orElse("");
      String name = asked.optionalString("name").orElse("");
      if (name.length() > NAME_MAX || name.chars().anyMatch(Character::isISOControl)) {
        throw new FormatException("name has at most " + NAME_MAX + " characters");
      }
      String person = caller.person().orElse(caller.client());
      String by = name.isEmpty() ? person : name + " (" + person + ")";
      ownEvents.read(
          Operation.INCIDENT_CHANGE,
          caller,
          ClientAddress.ofClient(request),
          "incident " + id + ": " + asked.string("do") + " by " + by + ": " + text);
      incidents.change(id, Optional.of(caller.domain()), change, by, text);
      Answers.send(response, JsonObject.builder().put("changed", true).build());
    } catch (FormatException e) {
      throw new RefusedRequestException(Problem.malformed(String.valueOf(e.getMessage())), caller);
    }
  }

  private void listSuppressions(ServerRequest request, ServerResponse response)
      throws RefusedRequestException {
    Caller caller = operator(request, VIEW_SCOPE);
    read(caller, request, "suppressions");
    JsonObject question =
        JsonObject.builder()
            .put("ask", "suppressions")
            .put("all", request.query().contains("all"))
            .build();
    try {
      Answers.send(
          response,
          JsonObject.builder()
              .put(
                  "suppressions",
                  desk.answer(question, Optional.of(caller.domain()), person(caller)))
              .put("two_persons", Suppressions.twoPersons())
              .build());
    } catch (FormatException e) {
      throw new RefusedRequestException(Problem.malformed(String.valueOf(e.getMessage())), caller);
    }
  }

  /** {@code {"do":"add|approve|end",…}}: recorded before it is done. */
  private void changeSuppressions(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    change(
        request,
        response,
        Operation.FINDING_SUPPRESS,
        asked ->
            asked
                .with(
                    "ask",
                    switch (asked.string("do")) {
                      case "add" -> "suppress";
                      case "approve" -> "suppression-approve";
                      case "end" -> "suppression-end";
                      default -> throw new FormatException("do is add, approve or end");
                    })
                .without("domain"));
  }

  /** {@code {"verdict":"true-positive|false-positive","text":"…"}}. */
  private void judgeFinding(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    long id = number(request.path().pathParameters().get(ID));
    change(
        request,
        response,
        Operation.FINDING_JUDGE,
        asked -> asked.with("ask", "finding-feedback").with(ID, id).without("domain"));
  }

  private interface Question {
    JsonObject of(JsonObject asked) throws FormatException;
  }

  private void change(
      ServerRequest request, ServerResponse response, Operation operation, Question question)
      throws RefusedRequestException, IOException {
    Caller caller = operator(request, INCIDENTS_SCOPE);
    try (InputStream body = request.content().inputStream()) {
      JsonObject asked =
          question.of(StrictJson.object(body.readNBytes(BODY_BYTES_MAX + 1), BODY_BYTES_MAX));
      String by = person(caller);
      String text = by + ": " + asked;
      ownEvents.read(
          operation,
          caller,
          ClientAddress.ofClient(request),
          text.substring(0, Math.min(text.length(), EVENT_TEXT_MAX)));
      Answers.send(response, desk.answer(asked, Optional.of(caller.domain()), by).getFirst());
    } catch (FormatException e) {
      throw new RefusedRequestException(Problem.malformed(String.valueOf(e.getMessage())), caller);
    }
  }

  /** Two persons are two subjects: a name that they send along is nobody's word. */
  private static String person(Caller caller) {
    return caller.person().orElseGet(() -> Suppressions.CLIENT + caller.client());
  }

  private void listAcknowledgements(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    Caller caller = operator(request, VIEW_SCOPE);
    ownEvents.read(
        Operation.ACKNOWLEDGEMENTS_READ,
        caller,
        ClientAddress.ofClient(request),
        "acknowledgements");
    List<JsonObject> lines = new ArrayList<>();
    acknowledgements.write(caller.domain(), 0, lines::add);
    Answers.send(response, JsonObject.builder().put("lines", lines).build());
  }

  private static RefusedRequestException missing(String what, Caller caller) {
    return new RefusedRequestException(
        new Problem(404, "not-found", "there is no " + what), caller);
  }

  private static long number(String text) throws RefusedRequestException {
    try {
      return Decimal.parse(text, Long.MAX_VALUE);
    } catch (FormatException e) {
      throw new RefusedRequestException(Problem.malformed(String.valueOf(e.getMessage())));
    }
  }
}
