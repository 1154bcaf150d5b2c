/** The least that a client on Node can do: connect, and send one byte. */
import { connect } from 'node:net';

const socket = connect({ host: '127.0.0.1', port: Number(process.argv[2]) }, () => {
  socket.end('x');
});
