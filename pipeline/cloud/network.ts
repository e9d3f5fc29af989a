import { Annotations, Fn, type Stack } from "aws-cdk-lib";
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  type ISecurityGroup,
  type ISubnet,
  type IVpc,
  Peer,
  Port,
  Protocol,
  SecurityGroup,
  SubnetType,
  Vpc,
} from "aws-cdk-lib/aws-ec2";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Deployment } from "../../schemas/types.ts";
import { logGroup, throughLogs } from "./logs.ts";
import { serviceRole } from "./roles.ts";

// A protocol without ports, to which the construct's own Port.esp() gives some.
const esp = new Port({ protocol: Protocol.ESP, stringRepresentation: "ESP" });

/** Where the functions on EFS and the jobs live. */
export type Network = {
  vpc: IVpc;
  /** Of the functions and of the mount targets that they need. */
  subnets: ISubnet[];
  /** Of the jobs, which run wherever an instance is free. */
  jobSubnets: ISubnet[];
  securityGroup: ISecurityGroup;
};

// Lambda cannot be in every zone, and the endpoint is paid for by the zone: two are enough to outlast the loss of one.
const functionZones = 2;

/** The VPC that the deployment names, or a new one. */
export function network(stack: Stack, key: IKey, deployment: Deployment): Network {
  return deployment.network ? existing(stack, deployment.network) : created(stack, key, deployment);
}

function existing(stack: Stack, named: NonNullable<Deployment["network"]>): Network {
  const { vpcId, availabilityZones, subnetIds, securityGroupId } = named;
  const vpc = Vpc.fromVpcAttributes(stack, "Vpc", { vpcId, availabilityZones, privateSubnetIds: subnetIds });
  Annotations.of(vpc).acknowledgeWarning(
    "@aws-cdk/aws-ec2:noSubnetRouteTableId",
    "Routes are not touched here.",
  );
  return {
    vpc,
    subnets: vpc.privateSubnets,
    jobSubnets: vpc.privateSubnets,
    // Not ours to change: what it must allow stands in docs/deployment.md.
    securityGroup: SecurityGroup.fromSecurityGroupId(stack, "Inside", securityGroupId, { mutable: false }),
  };
}

/** Zones without a way out: S3 by a gateway, other APIs by endpoints. A NAT would cost more and open more. */
function created(stack: Stack, key: IKey, deployment: Deployment): Network {
  const vpc = new Vpc(stack, "Vpc", {
    // By number, since the template is made without an account. A region with fewer refuses it before anything is made.
    availabilityZones: Array.from({ length: deployment.zones }, (_, index) => Fn.select(index, Fn.getAzs())),
    natGateways: 0,
    restrictDefaultSecurityGroup: false,
    subnetConfiguration: [{ name: "inside", subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 20 }],
    gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
  });
  const flows = logGroup(stack, "FlowLog", `/aws/vpc/${deployment.stackName}`, key, deployment);
  vpc.addFlowLog("Flows", {
    trafficType: FlowLogTrafficType.REJECT,
    destination: FlowLogDestination.toCloudWatchLogs(flows, flowLogRole(stack, key, flows.logGroupArn)),
  });
  const securityGroup = new SecurityGroup(stack, "Inside", {
    vpc,
    description: "Functions on EFS and SageMaker jobs.",
    allowAllOutbound: false,
  });
  // The jobs' instances talk to each other, encrypted by IPsec: its key exchange and its packets. S3 and the EFS API are
  // reached by their endpoints.
  for (const port of [Port.allTcp(), Port.udp(500), esp]) {
    securityGroup.addIngressRule(securityGroup, port, "between the instances of a job");
    securityGroup.addEgressRule(securityGroup, port, "between the instances of a job");
  }
  securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443), "S3 through its gateway");
  const subnets = vpc.isolatedSubnets.slice(0, functionZones);
  const doors = new SecurityGroup(stack, "Endpoints", {
    vpc,
    description: "Interface endpoints.",
    allowAllOutbound: false,
  });
  doors.addIngressRule(securityGroup, Port.tcp(443), "from functions");
  const services = {
    FileSystemApi: InterfaceVpcEndpointAwsService.ELASTIC_FILESYSTEM,
    // A task's image and log come and go through its own network.
    ...(deployment.promote && {
      Registry: InterfaceVpcEndpointAwsService.ECR,
      Images: InterfaceVpcEndpointAwsService.ECR_DOCKER,
      Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
    }),
  };
  for (const [id, service] of Object.entries(services))
    vpc.addInterfaceEndpoint(id, { service, securityGroups: [doors], subnets: { subnets }, open: false });
  return { vpc, subnets, jobSubnets: vpc.isolatedSubnets, securityGroup };
}

function flowLogRole(stack: Stack, key: IKey, logGroupArn: string) {
  const actions = [
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "logs:DescribeLogStreams",
  ];
  return serviceRole(stack, "FlowLogRole", "vpc-flow-logs", [
    // The group's ARN ends in :*, and so names its streams, too.
    { actions, resources: [logGroupArn] },
    // A list of all groups: it has no resource.
    { actions: ["logs:DescribeLogGroups"], resources: ["*"] },
    throughLogs(stack, key),
  ]).role;
}
