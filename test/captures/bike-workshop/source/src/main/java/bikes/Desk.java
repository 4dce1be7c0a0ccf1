package bikes;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.Executors;

/** The front desk: takes repairs in over HTTP, hands them to the workshop, hears when they are done. */
public final class Desk {
  private final Book book;
  private final Broker broker;

  private Desk() throws Exception {
    book = new Book(System.getenv("DATABASE"), "desk_repairs");
    broker = new Broker(System.getenv("AMQP_URL"));
  }

  public static void main(String[] arguments) throws Exception {
    Desk desk = new Desk();
    desk.broker.consume("desk.news", desk::done);
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/repairs", desk::answer);
    server.setExecutor(Executors.newFixedThreadPool(4));
    server.start();
    System.out.println("ready " + server.getAddress().getPort());
  }

  private void answer(HttpExchange exchange) throws IOException {
    try {
      if (exchange.getRequestMethod().equals("POST")) {
        String[] wanted = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8).split(" ");
        Repair repair = new Repair("repair-" + UUID.randomUUID(), wanted[0], wanted[1]);
        accept(repair);
        send(exchange, 201, repair.id());
      } else {
        String status = book.read(exchange.getRequestURI().getPath().substring("/repairs/".length()));
        send(exchange, status == null ? 404 : 200, String.valueOf(status));
      }
    } catch (Exception trouble) {
      send(exchange, 500, "trouble");
    }
  }

  private void accept(Repair repair) throws Exception {
    Telling.mark(repair, "NEW", "repair.accept");
    Telling.status(repair, "ACCEPTED", () -> book.write(repair.id(), "ACCEPTED"));
    Telling.span("repair.announce", repair, "ACCEPTED", "repair.accepted", () -> broker.publish("repair.accepted", repair));
  }

  private void done(Repair repair) throws Exception {
    Telling.mark(repair, "REPAIRED", "repair.done");
    Telling.status(repair, "COLLECTABLE", () -> book.write(repair.id(), "COLLECTABLE"));
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
