package dev.counterfoil.auditserver;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.http.answers.Caller;
import dev.counterfoil.http.answers.RefusedRequestException;

/** Where it is recorded who reads, before the answer. */
@FunctionalInterface
public interface ReadRecord {
  void read(Operation operation, Caller caller, String address, String about)
      throws RefusedRequestException;
}
