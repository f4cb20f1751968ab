import { graphql, type ResultOf } from '../graph/graphql.ts'

const AmountsFields = graphql(`
  fragment AmountsFields on Amounts {
    total
    requested
    used
    idle
    share
  }
`)

export const ClustersQuery = graphql(`
  query Clusters {
    clusters(first: 50) {
      edges {
        node {
          id
          name
          kind
          context
        }
      }
    }
  }
`)

const UseFields = graphql(
  `
    fragment UseFields on ClusterReading {
      at
      state
      notices
      abilities
      gpus {
        ...AmountsFields
      }
      gpuTypes {
        type
        amounts {
          ...AmountsFields
        }
      }
      cpu {
        ...AmountsFields
      }
      memory {
        ...AmountsFields
      }
      runs {
        run {
          id
          spec {
            name
          }
          project {
            name
          }
        }
        gpus {
          total
          used
        }
        cpu {
          total
        }
        memory {
          total
        }
      }
      devices(first: 256) {
        key
        node
        name
        type
        memoryBytes
        memoryUsedBytes
        utilisation
        peak
        celsius
        watts
        requested
        state
      }
    }
  `,
  [AmountsFields],
)

const NodesFields = graphql(
  `
    fragment NodesFields on ClusterReading {
      active
      drain
      down
      nodes(first: 100) {
        name
        state
        message
        gpuTypes
        gpus {
          ...AmountsFields
        }
        cpu {
          ...AmountsFields
        }
        memory {
          ...AmountsFields
        }
      }
    }
  `,
  [AmountsFields],
)

export const GpuReadings = graphql(
  `
    subscription GpuReadings($cluster: ID!) {
      gpuReadings(cluster: $cluster) {
        ...UseFields
      }
    }
  `,
  [UseFields],
)

export const NodeReadings = graphql(
  `
    subscription NodeReadings($cluster: ID!) {
      nodeReadings(cluster: $cluster) {
        ...NodesFields
      }
    }
  `,
  [NodesFields],
)

export const HistoryQuery = graphql(`
  query ClusterHistory($cluster: ID!, $series: HistorySeries!, $type: String, $since: DateTime!) {
    node(id: $cluster) {
      ... on Cluster {
        history(series: $series, type: $type, since: $since) {
          seconds
          points {
            at
            total
            requested
            used
            usedPeak
          }
        }
      }
    }
  }
`)

export const PreviewQuery = graphql(`
  query DevicePreview(
    $cluster: ID
    $gpuType: String
    $gpuCount: Int
    $gpuMemory: String
    $gpuShare: String
  ) {
    devicePreview(
      cluster: $cluster
      gpuType: $gpuType
      gpuCount: $gpuCount
      gpuMemory: $gpuMemory
      gpuShare: $gpuShare
    ) {
      verdict
      sentence
      matching
      free
      groups {
        type
        memoryBytes
        matches
        why
        count
        free
        nodes
      }
    }
  }
`)

export type Reading = ResultOf<typeof GpuReadings>['gpuReadings']
export type NodesReading = ResultOf<typeof NodeReadings>['nodeReadings']
export type Amounts = Reading['gpus']
export type Device = Reading['devices'][number]
