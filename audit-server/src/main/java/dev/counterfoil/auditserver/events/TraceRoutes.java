package dev.counterfoil.auditserver.events;

import dev.counterfoil.audit.access.AuditBusyException;
import dev.counterfoil.audit.access.AuditUnavailableException;
import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Reader;
import dev.counterfoil.audit.access.TenantShares;
import dev.counterfoil.audit.store.EventQuery;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.RouteAudit;
import dev.counterfoil.auditserver.RoutePlace;
import dev.counterfoil.auditserver.issued.TokenTrace;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.BearerCheck;
import dev.counterfoil.http.answers.Caller;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Problem;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** Traces and issued tokens over HTTP, for a tenant's analyst (docs/operate/audit.md). */
public final class TraceRoutes {
  private final BearerCheck callers;
  private final TraceDesk desk;
  private final TenantShares answers;

  public TraceRoutes(BearerCheck callers, TraceDesk desk, TenantShares answers) {
    this.callers = callers;
    this.desk = desk;
    this.answers = answers;
  }

  /** Answers inside of a tenant's fence. */
  @FunctionalInterface
  private interface Answering {
    JsonObject answer(Fence fence, Function<String, Optional<String>> parameters, Reader reader)
        throws IOException, FormatException;
  }

  /** Everything that has a path of its own here. */
  public List<RoutePlace> places() {
    Set<String> ofIssued = new TreeSet<>(EventQuery.PARAMETERS);
    ofIssued.add(TraceDesk.AFTER);
    return List.of(
        place("/audit/v1/trace", Operation.AUDIT_TRACE, TokenTrace.PARAMETERS, desk::trace),
        place("/audit/v1/issued", Operation.AUDIT_SEARCH, ofIssued, desk::issued));
  }

  private RoutePlace place(
      String path, Operation operation, Set<String> parameters, Answering answering) {
    return RoutePlace.get(
        path,
        RouteAudit.events(operation),
        (request, response) -> answer(request, response, parameters, answering));
  }

  private void answer(
      ServerRequest request, ServerResponse response, Set<String> parameters, Answering answering)
      throws RefusedRequestException, IOException {
    Caller caller = Answers.caller(callers, request, AuditRoutes.READ_SCOPE);
    Set<String> names = request.query().names();
    for (String name : names) {
      if (!parameters.contains(name) || request.query().all(name).size() != 1) {
        throw new RefusedRequestException(
            Problem.malformed(
                "a parameter stands once and is one of "
                    + String.join(", ", new TreeSet<>(parameters))));
      }
    }
    Fence fence = new Fence(caller.domain(), caller.tenant());
    try (TenantShares.Share _ = answers.take(fence)) {
      Answers.send(
          response,
          answering.answer(
              fence,
              name ->
                  names.contains(name) ? Optional.of(request.query().get(name)) : Optional.empty(),
              new Reader(
                  caller.client(), caller.person(), Optional.of(ClientAddress.ofClient(request)))));
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
