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
import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.BearerCheck;
import dev.counterfoil.http.answers.Caller;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Problem;
import dev.counterfoil.monitor.incidents.IncidentStore;
import dev.counterfoil.monitor.incidents.TouchedByIncident;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Incidents over HTTP, for those who run a trust domain: only its own. */
public final class IncidentRoutes {
  private final BearerCheck callers;
  private final IncidentStore store;
  private final TouchedByIncident report;
  private final ReadRecord ownEvents;

  public IncidentRoutes(
      BearerCheck callers, IncidentStore store, TouchedByIncident report, ReadRecord ownEvents) {
    this.callers = callers;
    this.store = store;
    this.report = report;
    this.ownEvents = ownEvents;
  }

  /** Everything that has a path of its own here. */
  public List<RoutePlace> places() {
    RouteAudit audit = RouteAudit.events(Operation.FINDINGS_READ);
    return List.of(
        RoutePlace.get("/incidents", audit, this::list),
        RoutePlace.get("/incidents/{id}", audit, this::show));
  }

  private void list(ServerRequest request, ServerResponse response) throws RefusedRequestException {
    Caller caller = MonitorRoutes.operator(callers, request);
    ownEvents.read(Operation.FINDINGS_READ, caller, ClientAddress.ofClient(request), "incidents");
    boolean all = request.query().contains("all");
    Answers.send(
        response,
        JsonObject.builder()
            .put("incidents", store.list(Optional.of(caller.domain()), all))
            .build());
  }

  private void show(ServerRequest request, ServerResponse response)
      throws RefusedRequestException, IOException {
    Caller caller = MonitorRoutes.operator(callers, request);
    String address = ClientAddress.ofClient(request);
    String id = request.path().pathParameters().get("id");
    ownEvents.read(
        Operation.FINDINGS_READ,
        caller,
        address,
        "incident " + id.substring(0, Math.min(id.length(), 20)));
    try {
      Optional<JsonObject> found =
          report.of(
              Decimal.parse(id, Long.MAX_VALUE),
              Optional.of(caller.domain()),
              Optional.empty(),
              new Reader(caller.client(), Optional.empty(), Optional.of(address)));
      if (found.isEmpty()) {
        throw new RefusedRequestException(
            new Problem(404, "not-found", "there is no incident " + id), caller);
      }
      Answers.send(response, found.get());
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
}
