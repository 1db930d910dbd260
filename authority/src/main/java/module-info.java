/** OAuth 2.1 over HTTP for each trust domain, and the read side of its logs. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.authority {
  requires dev.counterfoil.auditclient;
  requires transitive dev.counterfoil.configuration;
  requires transitive dev.counterfoil.format;
  requires transitive dev.counterfoil.signerprotocol;
  requires com.amazon.corretto.crypto.provider;
  requires transitive dev.counterfoil.directory;
  requires dev.counterfoil.http;
  requires dev.counterfoil.log;
  requires dev.counterfoil.signals;
  requires dev.counterfoil.signin;
  requires dev.counterfoil.verifier;
  requires io.helidon.common.buffers;
  requires io.helidon.common.concurrency.limits;
  requires io.helidon.common.socket;
  requires io.helidon.common.task;
  requires io.helidon.http;
  requires io.helidon.webserver;
  requires java.management;
  requires java.sql;
  requires micrometer.core;
  requires micrometer.registry.prometheus;
  requires org.jdbi.v3.core;

  exports dev.counterfoil.authority;

  // Flyway reads the migrations of the client store as resources, the configuration reader calls
  // the records' constructors.
  opens dev.counterfoil.authority;

  exports dev.counterfoil.authority.clients;
  exports dev.counterfoil.authority.people;
  exports dev.counterfoil.authority.settings;
  exports dev.counterfoil.authority.watching;
}
