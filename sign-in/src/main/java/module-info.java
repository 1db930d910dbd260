/** Signs people in: passkeys, passwords, sessions, consent, and the pages of their account. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.signin {
  requires transitive dev.counterfoil.auditclient;
  requires transitive dev.counterfoil.directory;
  requires transitive io.helidon.webserver;
  requires transitive org.jspecify;
  requires com.nimbusds.jose.jwt;
  requires com.webauthn4j.core;
  requires dev.counterfoil.format;
  requires transitive dev.counterfoil.http;
  requires dev.counterfoil.pages;
  requires io.helidon.http;
  requires java.sql;
  requires org.bouncycastle.provider;
  requires org.jdbi.v3.core;
  requires org.xerial.sqlitejdbc;

  exports dev.counterfoil.signin;
  exports dev.counterfoil.signin.attempts;
  exports dev.counterfoil.signin.passwords;
  exports dev.counterfoil.signin.sessions;
  exports dev.counterfoil.signin.upstream;
}
