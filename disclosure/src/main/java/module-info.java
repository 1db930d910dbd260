/** Statements as versioned claims, and notices that their receivers can verify. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.disclosure {
  requires transitive dev.counterfoil.format;
  requires transitive dev.counterfoil.configuration;
  requires transitive dev.counterfoil.log;
  requires transitive dev.counterfoil.signerprotocol;
  requires transitive org.jspecify;
  requires com.networknt.schema;
  requires dev.counterfoil.auditclient;
  requires dev.counterfoil.http;
  requires dev.counterfoil.pages;
  requires dev.counterfoil.verifier;
  requires jakarta.mail;
  requires org.bouncycastle.pg;
  requires org.bouncycastle.provider;

  exports dev.counterfoil.disclosure;
  exports dev.counterfoil.disclosure.advisories;
  exports dev.counterfoil.disclosure.clocks;
  exports dev.counterfoil.disclosure.desk;
  exports dev.counterfoil.disclosure.documents;
  exports dev.counterfoil.disclosure.openpgp;
  exports dev.counterfoil.disclosure.promises;
  exports dev.counterfoil.disclosure.record;
  exports dev.counterfoil.disclosure.trustpage;
  exports dev.counterfoil.disclosure.validation;
  exports dev.counterfoil.disclosure.victims;
  exports dev.counterfoil.disclosure.weaknesses;
}
